/** All that a stored object can be asked to do, in the order in which discovery names them. */
export const ALL_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** The same of the built-in kinds, which have them in the order of the alphabet. */
export const BUILTIN_VERBS = ALL_VERBS.toSorted();
