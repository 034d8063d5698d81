import type { Named } from '../roots/draft.ts';
import { items } from '../table/children.ts';
import { fieldOf, ignored } from '../table/rule.ts';
import type { Child, Choice, ElementTable } from '../table/table.ts';
import { text } from '../values/texts.ts';
import type { XmlElement } from '../xml/infoset.ts';

/** An item of a list that libvirt tells apart by its place alone. */
export interface Numbered {
  n?: number;
}

/** Elements that become a list, in their order. */
export const listed = <S, I extends Numbered>(
  at: string,
  list: (scope: S) => I[],
  table: ElementTable<I>,
  choose: (node: XmlElement) => Choice<I> = () => table,
  begin: () => object = () => ({}),
): Child<S> =>
  items<S, I>({
    at,
    list,
    make: (_, scope) => ({ ...begin(), n: list(scope).length }) as I,
    name: (item) => String(item.n),
    table: choose,
    writes: () => table,
  });

const names = fieldOf<Named>();

/** Elements that tell a thing from others, alike in every root element. */
export const naming = {
  name: { text: names('name', text(1024), { field: 'metadata.name' }) },
  uuid: { text: ignored('objects of Kubernetes have UIDs of their own') },
  title: { text: names('title', text(), { field: 'metadata.annotations' }) },
  description: { text: names('description', text(65536), { field: 'metadata.annotations' }) },
} satisfies Record<string, ElementTable<Named>>;
