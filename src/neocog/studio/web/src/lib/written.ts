// A network's text and its table, line by line: what stands on a line of the text, and what its layers come to.
import type { LayerRow } from './answers'

export interface Line {
  number: number
  rows: LayerRow[]
}

/** The lines of a text, each with the layers that it names; a folded layer is there several times. */
export function linesOf(text: string, rows: LayerRow[]): Line[] {
  const lines = text.split('\n').map((_, index): Line => ({ number: index + 1, rows: [] }))
  for (const row of rows) lines[row.line - 1]?.rows.push(row)
  return lines
}

export interface Told {
  title: string
  formula: string
  value: string
}

/** What a number of a layer is made of. */
export function formulaOf(row: LayerRow, column: Column): Told[] {
  const whole = (value: number) => value.toLocaleString('en-US')
  const plain = (formula: string) => formula.replaceAll('*', ' × ').replaceAll('- ', '− ')
  const told = (title: string, formula: string, value: number) => ({
    title,
    formula: plain(formula),
    value: whole(value)
  })
  switch (column) {
    case 'output': {
      const names = row.output.length === 3 ? ['channels', 'rows', 'columns'] : ['features']
      return unique(
        row.output.map((side, axis) => told(names[axis] ?? 'length', row.formulas.output[axis] ?? '', side))
      )
    }
    case 'params':
      return [told('parameters', row.formulas.params, row.params)]
    case 'macs':
      return [told('multiply-accumulates', row.formulas.macs, row.macs)]
    case 'receptive_field':
      return unique(
        row.receptive_field.map((side, axis) => told('receptive field', row.formulas.receptive_field[axis] ?? '', side))
      )
  }
}

export const COLUMNS = ['output', 'params', 'macs', 'receptive_field'] as const
export type Column = (typeof COLUMNS)[number]

/** Two axes with one formula are told once. */
function unique(told: Told[]): Told[] {
  return told.filter(
    (each, index) => told.findIndex((other) => other.formula === each.formula && other.value === each.value) === index
  )
}
