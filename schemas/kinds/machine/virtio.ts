import * as z from 'zod';

/** Options that every virtio device has. Source: https://libvirt.org/formatdomain.html#virtio-related-options */
export const virtioOptions = z
  .object({
    iommu: z.boolean().describe('Reach memory through the emulated IOMMU.').optional(),
    ats: z.boolean().describe('Address translation service.').optional(),
    packed: z.boolean().describe('Packed queues.').optional(),
    pagePerVq: z.boolean().describe('A page of memory for the notifications of each queue.').optional(),
  })
  .describe('Options of the virtio transport.');

/** Which generations of virtio a device speaks; both where nothing is given. */
export const virtioModel = z.enum(['virtio', 'virtio-transitional', 'virtio-non-transitional']);
