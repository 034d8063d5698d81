export { activeFile, makeOverlayFolder, setActive } from './active.ts';
export { type ChainFile, lineOf, listChain } from './files.ts';
export { activeRecord, overlayFolder, overlayPath, volumeOf } from './layout.ts';
export { type Chain, type ChainStep, planChain } from './plan.ts';
