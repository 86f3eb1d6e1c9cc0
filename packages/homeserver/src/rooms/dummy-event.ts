/** Ties ends of the graph together, and says nothing: no client is shown it. Deployed servers send and hide it, too. */
export const DUMMY_EVENT = 'org.matrix.dummy_event';
