/** The script for Node, `assets/node.js`: the same backend, bundled with the runtime's build for Node. */
export { openLocal } from './local.js';
export { VERSION as version } from './version.js';
