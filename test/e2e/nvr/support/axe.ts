// Rules of WCAG 2.2 AA that a program can check (axe-core), and what lies beyond a narrow screen.
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Once a page; through the debugger, since the page's policy allows no scripts of others. */
export async function injectAxe(page: Page): Promise<void> {
  await page.evaluate(axe.source);
}

/** What is wrong in the page as it is now, a line for each element. */
export async function violations(page: Page): Promise<string[]> {
  await drawn(page);
  return page.evaluate(async (rules) => {
    const { axe: injected } = window as unknown as { axe: typeof axe };
    const { violations: found } = await injected.run(document, {
      ...{ runOnly: rules, resultTypes: ['violations'], preload: false },
    });
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary = '' }) => {
        const why = failureSummary.split('\n').slice(1).join(';').trim();
        return `${id} at ${target.join(' ')}: ${why}`;
      }),
    );
  }, RULES);
}

/** Elements that a person would have to scroll sideways for; tables and rows of tabs may scroll for themselves. */
export async function beyondTheScreen(page: Page): Promise<string[]> {
  await drawn(page);
  return page.evaluate(() => {
    const scrolls = (element: Element): boolean => {
      for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
        const { overflowX, position } = getComputedStyle(at);
        // The frame hides what is beyond it, and pages scroll downwards: neither makes it reachable.
        const isFrame = at.matches('main, main > *, #root *:has(> main)');
        if (overflowX !== 'visible' && !isFrame) return true;
        if (position === 'fixed') return false;
      }
      return false;
    };
    return [...document.body.querySelectorAll('*')]
      .filter((element) => {
        const { width, height, right } = element.getBoundingClientRect();
        return width > 0 && height > 0 && right > innerWidth + 1 && !scrolls(element);
      })
      .map(
        (element) =>
          `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''} “${element.textContent?.slice(0, 40)}”`,
      );
  });
}

/** What follows from a change of size is drawn by then. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
      }),
  );
}
