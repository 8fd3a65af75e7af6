// What scrolls by itself: where it is larger than its place, the keyboard reaches it, and a reader says what
// it is.
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';

interface Props {
  label: string;
  className?: string | undefined;
  /** For those who scroll it. */
  box?: RefObject<HTMLDivElement | null>;
  /** One element. */
  children: ReactNode;
}

export function ScrollBox({ label, className, box, children }: Props) {
  const own = useRef<HTMLDivElement>(null);
  const ref = box ?? own;
  const reachable = useOverflow(ref);
  return (
    <div
      ref={ref}
      className={className}
      {...(reachable && { tabIndex: 0, role: 'region', 'aria-label': label })}
    >
      {children}
    </div>
  );
}

function useOverflow(box: RefObject<HTMLElement | null>): boolean {
  const [overflows, setOverflows] = useState(false);
  useEffect(() => {
    const element = box.current;
    const content = element?.firstElementChild;
    if (!element || !content) return;
    const observer = new ResizeObserver(() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element;
      setOverflows(scrollWidth > clientWidth || scrollHeight > clientHeight);
    });
    observer.observe(element);
    observer.observe(content);
    return () => observer.disconnect();
  }, [box]);
  return overflows;
}
