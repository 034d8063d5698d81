export { type MadeSeed, makeSeed } from './make.ts';
export { placeSeed, removeSeeds, seedPath } from './place.ts';
