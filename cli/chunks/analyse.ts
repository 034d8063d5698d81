export { AnalysisError, analyse, type Leaf, XmlError } from '../../analyser/index.ts';
