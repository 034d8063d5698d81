export { type BuildOptions, type Built, buildDebian } from '../image-build/build.ts';
