export { type Program, runProgram } from './program';
export { type NodeSettings, refuseOwnMaster, selfUrlOf, settingsTable } from './settings';
export { type RunningNode, startNode, type StartOptions } from './start';
