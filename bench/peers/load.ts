// Loads a package from this folder's own node_modules, which only a module that lies here can.

/** A peer's module. They come without types: whoever asks says what it uses. */
export function load(name: string): Promise<unknown> {
  return import(name);
}
