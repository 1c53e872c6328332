// Written by `python -m neocog.studio.typescript` from the interface's description; change that instead.

export interface ActivationStatistics {
  path: string
  function: string
  off: number
  histogram: number[]
}

export interface Bin {
  low: number
  high: number
  confidence: number
  right: Share
}

export interface CheckAnswer {
  check: HeatCheck | null
}

export interface Choices {
  data: string[]
  has_data: boolean
  has_model: boolean
  networks: NetworkChoice[]
  recipes: RecipeChoice[]
}

export interface ClassCurves {
  label: number
  false_positive: number[]
  true_positive: number[]
  area: number | null
  area_low: number | null
  area_high: number | null
  recall: number[]
  precision: number[]
  average_precision: number
  share: number
}

export interface ClassLine {
  name: string
  support: number
  answered: number
  recall: Share | null
  precision: Share | null
  f1: number | null
  area: number | null
}

export interface ClassResponse {
  label: string
  distinctness: number
  mean: number
}

export interface ComparisonAnswer {
  sentence: string
  caution: string
  difference: number
  low: number
  high: number
  n: number
}

export interface Curve {
  name: string
  points: EpochPoint[]
}

export interface DataAnswer {
  name: string
  images: number
  classes: string[]
  train: number
  val: number
  test: number
  refusal: string
  problems: string[]
  suggestions: string[]
  suggested_name: string
}

export interface DataChoice {
  image: string
  file: string
  label: string
}

export interface DataChoices {
  total: number
  choices: DataChoice[]
}

export interface DataReading {
  done: number
  of: number
}

export interface DataState {
  table: DataTable | null
  reading: DataReading | null
}

export interface DataTable {
  name: string
  path: string
  version: string
  images: number
  classes: string[]
  labels: number[]
  splits: number[]
  problems: number[]
  kinds: string[]
  widths: number[]
  heights: number[]
  groups: number[][]
  identical: boolean[]
  side: number
  across: number
  far_side: number
  far_across: number
  exact: boolean
  refusal: string
  notes: string[]
  suggestions: string[]
  shortcut: boolean
  changed: string
}

export interface Epoch {
  epoch: number
  step: number
  train_loss: number
  val_loss: number
  val_accuracy: number
  seconds: number
  images_per_second: number
  best: boolean
  weights?: WeightStatistics[]
  activations?: ActivationStatistics[]
}

export interface EpochPicture {
  picture: string
  told: string[]
}

export interface EpochPoint {
  epoch: number
  seconds: number
  train_loss: number
  val_loss: number
  val_accuracy: number
  low: number
  high: number
}

export interface Fact {
  name: string
  value: number
  low: number | null
  high: number | null
  percent: boolean
}

export interface Formulas {
  output: string[]
  params: string
  macs: string
  ops: string
  activations: string
  receptive_field: string[]
  stride: string[]
}

export interface Heat {
  method: string
  label: number
  rows: number
  columns: number
  values: string
  tap: string
}

export interface HeatAnswer {
  heat: Heat | null
}

export interface HeatCheck {
  verdict: string
  passes: boolean
  layers: string[]
  similarity: number[]
  alike: number
  edges: number
  deletion: number[]
  insertion: number[]
  gain: number
  random_low: number
  random_high: number
}

export interface ImageFacts {
  row: number
  file: string
  label: string
  split: string
  width: number
  height: number
  gray: boolean
  bytes: number | null
  format: string
  hash: string
  problems: string[]
  twins: Twin[]
  answer: ModelAnswer | null
}

export interface ImageViews {
  row: number
  validation: string
  low: number | null
  high: number | null
  epochs: EpochPicture[]
}

export interface LayerChoice {
  path: string
  kind: string
  numbers: number
}

export interface LayerRow {
  path: string
  kind: string
  line: number
  output: number[]
  params: number
  macs: number
  ops: number
  activations: number
  receptive_field: number[]
  stride: number[]
  formulas: Formulas
}

export interface Map {
  values: number[][]
  row: number
  column: number
  rows: number
  columns: number
  low: number
  high: number
}

export interface MapAnswer {
  step: MapStep | null
  points: MapPoints | null
}

export interface MapChoices {
  classes: string[]
  layers: LayerChoice[]
  layer: string
  known: number
  val: number
  test: number
  sealed: boolean
}

export interface MapImage {
  detail: SampleDetail
  neighbors: Neighbor[]
}

export interface MapPoints {
  files: string[]
  splits: string[]
  labels: number[]
  answers: number[]
  confidences: number[]
  x: number[]
  y: number[]
  preserved: number
  by_chance: number
  explained: number[]
  agreement: number
  total: number
  missing: number
}

export interface MapStep {
  number: number
  done: number
  total: number
}

export interface ModelAnswer {
  index: number
  answer: string
  confidence: number
}

export interface Neighbor {
  file: string
  distance: number
}

export interface NetworkChoice {
  name: string
  summary: string
  parameters: number
}

export interface NetworkText {
  name: string
  text: string
  about: string
}

export interface NetworkView {
  name: string
  input: number[]
  rows: LayerRow[]
  totals: Totals | null
  trouble: Trouble | null
}

export interface NetworkViews {
  height: number
  width: number
  channels: number
  seed: number
  first: number
  total: number | null
  trains: boolean[]
  varied: string[]
  normalization: string
  blends: boolean
  images: ImageViews[]
}

export interface NewRun {
  name: string
  data: string
  net?: string
  epochs?: string
  seed?: string
  recipe?: string
  changes?: Record<string, string>
}

export interface Note {
  text: string
  diagnosis?: string
}

export interface PreferredAnswer {
  preferred: PreferredInput | null
}

export interface PreferredInput {
  picture: string
  value: number
  start: number
  risen: boolean
  box: number[][]
}

export interface Probability {
  label: number
  probability: number
}

export interface Progress {
  summary: RunSummary
  place: string
  follows: boolean
  started: Started | null
  steps: Step[]
  epochs: Epoch[]
  notes: Note[]
  log: string
}

export interface RecipeChoice {
  name: string
  summary: string
}

export interface Results {
  run: string
  verdict: string
  subject: string
  warnings: string[]
  accuracy: Share
  baseline: number
  classes: string[]
  confusion: number[][]
  per_class: ClassLine[]
  facts: Fact[]
  reliability: Bin[]
  calibration_error: number
  risk: Risk[]
  threshold: number | null
  slices: SliceLine[]
  slices_sentence: string
  suspects: number
  openings: number
  opened_by: number
}

export interface Risk {
  confidence: number
  coverage: number
  wrong: Share
}

export interface RunList {
  folder: string
  runs: RunSummary[]
}

export interface RunSummary {
  name: string
  state: State
  sentence: string
  mend: string
  started: string | null
  data: string
  network: string
  parameters: number | null
  seed: number | null
  epoch: number
  epochs: number | null
  seconds: number
  best_epoch: number | null
  validation: Share | null
  test: Share | null
  resumable: boolean
  evaluated: boolean
}

export interface Sample {
  index: number
  file: string
  label: number
  answer: number
  confidence: number
  label_probability: number
}

export interface SampleDetail {
  sample: Sample
  probabilities: Probability[]
  hash: string
  split: string
}

export interface Samples {
  total: number
  samples: Sample[]
}

export interface Seen {
  image: SeenImage
  label: string
  probability: number
  reason: string
  probabilities: number[]
  layers: SeenMaps[]
}

export interface SeenImage {
  spec: string
  name: string
  height: number
  width: number
  label: string
  split: string
}

export interface SeenLayer {
  path: string
  kind: string
  shape: number[]
  sees: number[]
  rows: number[][]
  columns: number[][]
}

export interface SeenMaps {
  path: string
  units: number
  rows: number
  columns: number
  signed: boolean
}

export interface SeenMethod {
  name: string
  title: string
  meaning: string
  signed: boolean
}

export interface SeenNetwork {
  name: string
  classes: string[]
  input: number[]
  dark: boolean
  layers: SeenLayer[]
  methods: SeenMethod[]
  data: boolean
  most_bytes: number
}

export interface SeenPatch {
  image: string
  file: string
  label: string
  value: number
  box: number[][]
  picture: string
  back: string
}

export interface SeenUnit {
  ready: boolean
  done: number
  total: number
  surveyed: number
  training: number
  way: string
  patches: SeenPatch[]
  lowest: number
  highest: number
  active: number
  dead: boolean
  duplicates: number[]
  speaks_for: string
  classes: ClassResponse[]
}

export interface Share {
  value: number
  low: number
  high: number
  n: number
}

export interface SliceLine {
  name: string
  right: Share
  rest: number
  weaker: boolean
}

export interface Started {
  time: string
  epochs: number
  steps_per_epoch: number
  batch: number
  train: number
  val: number
  network: string
  parameters: number
  macs: number
  device: string
  precision: string
  measure?: string
  format?: number
}

export type State =
  | 'starting'
  | 'training'
  | 'stopping'
  | 'evaluating'
  | 'stopped'
  | 'failed'
  | 'finished'
  | 'broken'

export interface Step {
  epoch: number
  step: number
  loss: number
  rate: number
  images_per_second: number
}

export interface StepView {
  layer: string
  kind: string
  trained: boolean
  image: string
  channels: number
  sources: number
  channel: number
  row: number
  column: number
  source: number
  reads_rows: number[]
  reads_columns: number[]
  input: Map
  output: Map
  patch: number[][]
  filter: number[][] | null
  partial: number[]
  bias: number
  value: number
}

export interface StepWanted {
  text: string
  layer: string
  run?: string | null
  channel?: number
  row?: number
  column?: number
  source?: number
  image?: number
}

export interface Text {
  text: string
}

export interface Totals {
  params: number
  macs: number
  ops: number
  activations: number
  batch: number
  predicting: number
  training: number
}

export interface Trouble {
  line: number
  column: number
  wrong: string
  mend: string
}

export interface Twin {
  row: number
  file: string
  label: string
  split: string
  identical: boolean
}

export interface UnitMap {
  path: string
  unit: number
  units: number
  rows: number
  columns: number
  low: number
  high: number
  values: string
}

export interface WeightStatistics {
  path: string
  gradient: number
  update: number
}
