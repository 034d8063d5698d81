/** What a text means, or in a few words what is wrong with it. */
export type Read<V> = { readonly value: V } | { readonly fault: string };

/** Both directions between a text of the XML and a value of a field. */
export interface Codec<V> {
  read(text: string): Read<V>;
  /** `undefined` where the value has no spelling in libvirt. */
  write(value: V): string | undefined;
}
