// Loaded first on purpose: on Node 20 a parallel first import of @nestjs/core and a CommonJS Nest package fails.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
