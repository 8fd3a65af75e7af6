// The parts every page is made of.
export * from './badge.js';
export * from './button.js';
export * from './dialog.js';
export * from './field.js';
export * from './icon.js';
export * from './menu.js';
export * from './page.js';
export * from './scroll-box.js';
export * from './spinner.js';
export * from './table.js';
export * from './tabs.js';
export * from './toast.js';
export * from './tooltip.js';
