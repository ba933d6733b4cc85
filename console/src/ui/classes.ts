/** Class names that hold, joined: `join(styles.button, isBad && styles.bad)`. */
export function join(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
