import type { ReactNode } from "react";

import { join } from "./classes";
import styles from "./ui.module.css";

export interface Column<Row> {
  key: string;
  title: ReactNode;
  /** Numbers stand to the right, digit under digit. */
  number?: boolean;
  /** Not shown where the page is narrow. */
  wide?: boolean;
  cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  /** What the table holds, for those who do not see it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
}

export function Table<Row>({ label, columns, rows, rowKey, onOpen }: Props<Row>) {
  return (
    <div className={styles.tableWrap} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={join(column.number && styles.number, column.wide && styles.wideOnly)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} onClick={onOpen ? () => onOpen(row) : undefined} data-open={onOpen ? "" : undefined}>
              {columns.map((column) => (
                <td key={column.key} className={join(column.number && styles.number, column.wide && styles.wideOnly)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
