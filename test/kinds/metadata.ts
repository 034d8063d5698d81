/** Of an object that an executor holds, of one that it does not hold yet, and of one that is being deleted. */
export const HELD = { name: 'x', namespace: 'default', uid: 'u', generation: 1, finalizers: ['vmctl.dev/executor'] };
export const FRESH = { ...HELD, finalizers: [] };
export const GOING = { ...HELD, deletionTimestamp: '2026-01-01T00:00:00Z' };
