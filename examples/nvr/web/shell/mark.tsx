// The mark of FluxVision: a viewfinder around a stream.

export function Mark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <path
        d="M4 11V7a3 3 0 0 1 3-3h4M21 4h4a3 3 0 0 1 3 3v4M28 21v4a3 3 0 0 1-3 3h-4M11 28H7a3 3 0 0 1-3-3v-4"
        stroke="currentColor"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <path
        d="M9 19c2.5-6.5 5.5-6.5 7-3s4.5 3.5 7-3"
        stroke="var(--ink)"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
    </svg>
  );
}
