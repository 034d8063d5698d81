export { ExportError, exportObject } from '../../analyser/export.ts';
export { AnalysisError, analyse, type Leaf, XmlError } from '../../analyser/index.ts';
