import type { Board } from '../board.ts';
import { iothreadObject } from '../identifiers.ts';
import { object } from '../options.ts';

export const iothreadArguments = ({ spec }: Board): string[] =>
  spec.iothreads.flatMap(({ name }) => object({ 'qom-type': 'iothread', id: iothreadObject(name) }));
