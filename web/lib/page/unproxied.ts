/**
 * Frameworks such as Vue wrap what they hold in Proxies, and a method that is called on a Proxy
 * cannot reach the private members of the object behind it.
 */

/** The public face of an object: the same methods and getters, whoever they are called on. */
export function unproxied<T extends object>(target: T): T {
  const face = {};
  const members = Object.getPrototypeOf(target);
  for (const key of Reflect.ownKeys(members)) {
    if (key === 'constructor') continue;
    const { get, value } = Object.getOwnPropertyDescriptor(members, key) as PropertyDescriptor;
    const member = get ? { get: get.bind(target) } : { value: value.bind(target) };
    Object.defineProperty(face, key, { ...member, enumerable: true });
  }
  return Object.freeze(face) as T;
}
