const { IgnorePlugin } = require('webpack');

// What the documentation of NestJS ignores for a bundle with all packages.
const LAZY = [
  '@nestjs/microservices/microservices-module',
  '@nestjs/websockets/socket-module',
  'class-transformer',
  'class-transformer/storage',
  'class-validator',
];

module.exports = (options) => ({
  ...options,
  externals: [],
  output: { ...options.output, filename: 'main.js', path: `${__dirname}/out/webpack-full` },
  plugins: [...options.plugins, new IgnorePlugin({ checkResource: (name) => LAZY.includes(name) })],
});
