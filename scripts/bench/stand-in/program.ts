import { writeFileSync } from 'node:fs';

/** Where the program is loaded: what a linker would choose as well. */
const BASE = 0x400000;
const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const AF_UNIX = 1;
/** The path of a unix socket, with its zero, in `sockaddr_un`. */
const PATH_BYTES = 108;

/**
 * Says its arguments to a socket, their length before them as eight bytes, and waits there until the other side lets go. x86-64,
 * system calls alone: 8 KiB of memory, so that ten thousand of them are no more than one qemu.
 */
const CODE = [
  ...[0x48, 0x8b, 0x0c, 0x24], // mov rcx, [rsp]: how many arguments
  ...[0x4c, 0x8b, 0x64, 0x24, 0x08], // mov r12, [rsp+8]: the first one; the kernel puts all of them in one row
  ...[0x4c, 0x8b, 0x6c, 0xcc, 0x10], // mov r13, [rsp+rcx*8+16]: the first variable of the environment comes after them
  ...[0x4d, 0x29, 0xe5], // sub r13, r12
  ...[0x6a, 0x29, 0x58, 0x6a, 0x01, 0x5f, 0x6a, 0x01, 0x5e, 0x31, 0xd2, 0x0f, 0x05], // socket(AF_UNIX, SOCK_STREAM, 0)
  ...[0x89, 0xc7], // mov edi, eax
  ...[0x48, 0x8d, 0x35, 0x33, 0, 0, 0], // lea rsi, [rip+0x33]: the address, which stands behind the code
  ...[0xba, PATH_BYTES + 2, 0, 0, 0, 0x6a, 0x2a, 0x58, 0x0f, 0x05], // connect(edi, rsi, all of it)
  ...[0x41, 0x55, 0x48, 0x89, 0xe6, 0x6a, 0x08, 0x5a, 0x6a, 0x01, 0x58, 0x0f, 0x05], // push r13; write(edi, rsp, 8)
  ...[0x4c, 0x89, 0xe6, 0x4c, 0x89, 0xea, 0x6a, 0x01, 0x58, 0x0f, 0x05], // write(edi, r12, r13)
  ...[0x48, 0x89, 0xe6, 0x6a, 0x01, 0x5a, 0x31, 0xc0, 0x0f, 0x05], // read(edi, rsp, 1)
  ...[0x31, 0xff, 0x6a, 0x3c, 0x58, 0x0f, 0x05], // exit(0)
];

function header(bytes: number): Buffer {
  const head = Buffer.alloc(ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(2, 16); // an executable
  head.writeUInt16LE(62, 18); // x86-64
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(BASE + head.length), 24); // where it begins
  head.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32);
  head.writeUInt16LE(ELF_HEADER_BYTES, 52);
  head.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  head.writeUInt16LE(1, 56);
  head.writeUInt32LE(1, 64); // to be loaded
  head.writeUInt32LE(5, 68); // to be read and run
  head.writeBigUInt64LE(BigInt(BASE), 80);
  head.writeBigUInt64LE(BigInt(BASE), 88);
  head.writeBigUInt64LE(BigInt(bytes), 96);
  head.writeBigUInt64LE(BigInt(bytes), 104);
  head.writeBigUInt64LE(0x1000n, 112);
  return head;
}

/** Writes the program that stands in for qemu; each start of it is told to the server at `socket`: see `server.ts`. */
export function writeProgram(path: string, socket: string): void {
  if (process.arch !== 'x64') throw new Error(`the stand-in for qemu is x86-64 code, and this is ${process.arch}`);
  if (Buffer.byteLength(socket) >= PATH_BYTES) throw new Error(`too long for a socket's path: ${socket}`);
  const address = Buffer.alloc(PATH_BYTES + 2);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(socket, 2);
  const code = Buffer.from(CODE);
  const bytes = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES + code.length + address.length;
  writeFileSync(path, Buffer.concat([header(bytes), code, address]), { mode: 0o755 });
}
