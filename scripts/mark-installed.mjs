import { markInstalled } from './setup/install-marker.mjs';

// npm runs this after a manual installation, so that `npm start` does not install again.
const omitted = `${process.env.npm_config_omit ?? ''} ${process.env.NODE_ENV === 'production' ? 'dev' : ''}`;
const included = process.env.npm_config_include ?? '';
if (!omitted.includes('dev') || included.includes('dev')) markInstalled();
