/** Characters that a password chosen here has at least; the server refuses shorter ones too. */
export const SHORTEST_PASSWORD = 10;
