/** Version of Kubernetes whose interface is served. */
export const INFO = { title: 'Kubernetes', version: 'v1.32.0' };
