import { formatMoment, formatUtc } from "../format/times";

/** A moment in local time, in UTC on hover. */
export function Time({ at }: { at: number | null | undefined }) {
  if (at === null || at === undefined) return <>–</>;
  return (
    <time dateTime={new Date(at).toISOString()} title={formatUtc(at)}>
      {formatMoment(at)}
    </time>
  );
}
