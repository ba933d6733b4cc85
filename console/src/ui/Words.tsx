/** A sentence of the gateway in which `something` is a name to type: shown as code, and all of it as text. */
export function Words({ children }: { children: string }) {
  return (
    <>
      {children.split("`").map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}
    </>
  );
}
