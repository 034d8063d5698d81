import * as z from 'zod';
import { listMap } from '../../../types/list-map.ts';
import { localName } from '../../../types/primitives.ts';

export const named = { name: localName().describe('Name of the device inside this machine.') };

/** A list of devices merged by name. Left out: the default devices; empty: none. */
export const devices = <S extends z.ZodType>(item: S, max: number) => listMap(z.array(item).max(max), 'name');
