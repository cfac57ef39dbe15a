import { cleanPath } from './paths.ts';

/** More files than this in one command line are not followed. */
const maxFiles = 1000;

/** What a command line itself left in files: scripts that it may run later, and programs under another name. */
export class WrittenFiles {
  #texts: Map<string, string> | undefined;
  #programs: Map<string, string> | undefined;
  #fed: Set<string> | undefined;
  #varied: Set<string> | undefined;
  #substitutions = 0;

  /** Whether nothing was written or copied. */
  get isUntouched(): boolean {
    return this.#texts === undefined && this.#programs === undefined;
  }

  /** Whether no script was written. */
  get isEmpty(): boolean {
    return this.#texts === undefined;
  }

  /** The text that the command line put into the file; undefined for any other file. */
  text(path: string): string | undefined {
    return this.#texts?.get(cleanPath(path));
  }

  write(path: string, text: string): void {
    this.#texts ??= new Map();
    if (this.#texts.size < maxFiles) this.#texts.set(cleanPath(path), text);
  }

  forget(path: string): void {
    this.#texts?.delete(cleanPath(path));
  }

  /** Path of a process substitution that gives this text. */
  substitute(text: string | undefined): string {
    this.#substitutions += 1;
    const path = `/dev/fd/substitution-${this.#substitutions}`;
    if (text !== undefined) this.write(path, text);
    return path;
  }

  /** Notes that the text of the file holds what was beside what only may have been written. */
  vary(path: string): void {
    this.#varied ??= new Set();
    this.#varied.add(cleanPath(path));
  }

  /** Whether only a part of the text may be in the file. */
  varies(path: string): boolean {
    return this.#varied?.has(cleanPath(path)) === true;
  }

  /** Notes that a shell reads its script from the path: it is that of a `>(..)`. */
  feed(path: string): void {
    this.#fed ??= new Set();
    this.#fed.add(path);
  }

  /** Whether what is written to the path is a shell's script. */
  feeds(path: string): boolean {
    return this.#fed?.has(path) === true;
  }

  /** Name of the program that was copied or linked to the path; undefined for any other path. */
  program(path: string): string | undefined {
    return this.#programs?.get(cleanPath(path));
  }

  copyProgram(path: string, name: string): void {
    this.#programs ??= new Map();
    if (this.#programs.size < maxFiles) this.#programs.set(cleanPath(path), name);
  }
}
