import { Button } from "./Button";
import { tell, tellProblem } from "./Toasts";

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(`${what} is on the clipboard.`);
  } catch {
    tellProblem(new Error("The browser does not let this page write to the clipboard; select the text and copy it."));
  }
}

export function Copy({ text, what, children = "Copy" }: { text: string; what: string; children?: string }) {
  return (
    <Button small onClick={() => void copyText(text, what)}>
      {children}
    </Button>
  );
}
