import type { Child } from './table.ts';

/** A child whose rules read from and write to a part of the scope. */
export const within = <S, T>(part: (scope: S) => T, child: Child<T>): Child<S> => ({
  repeated: child.repeated,
  read: (node, scope, reading) => child.read(node, part(scope), reading),
  write: (name, scope) => child.write(name, part(scope)),
});

/** A child that is written only where `holds`; it is read always. */
export const where = <S>(holds: (scope: S) => boolean, child: Child<S>): Child<S> => ({
  ...child,
  write: (name, scope) => (holds(scope) ? child.write(name, scope) : []),
});

/** A child of a table that refers to itself, looked up when it is used. */
export const later = <S>(child: () => Child<S>): Child<S> => ({
  repeated: false,
  read: (node, scope, reading) => child().read(node, scope, reading),
  write: (name, scope) => child().write(name, scope),
});
