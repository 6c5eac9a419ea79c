// Calico's selector language: a condition on the labels of an endpoint or a network set.
//
//   role == 'db' && env in {'prod', 'test'} || !has(public)
//
// `!` binds tightest, around a whole comparison: !a == 'b' is !(a == 'b'). Then `&&`, then `||`.
//
// The input is bytes, each given to the lexer as the code point of the same number, so positions count bytes.
// Two limits are no matter of grammar and checked beside it: a label name has at most 512 bytes, and parentheses
// nest at most 1000 deep (frontend/selector/parse.h).
grammar Selector;

// An empty text, or one of blanks only, means all().
selector   : disjunction? EOF ;

disjunction : conjunction ( '||' conjunction )* ;
conjunction : negation ( '&&' negation )* ;
negation    : '!'* primary ;

primary
  : 'has(' label ')'
  | 'all(' ')'
  | 'global(' ')'
  | '(' disjunction ')'
  | label condition
  ;

condition
  : ( '==' | '!=' | 'contains' | 'starts' 'with' | 'startswith' | 'ends' 'with' | 'endswith' ) STRING
  | ( 'in' | 'not' 'in' | 'notin' ) values
  ;

// May be empty, and may end in one comma.
values : '{' ( STRING ( ',' STRING )* ','? )? '}' ;

// No word is reserved: `in in {'x'}` asks for the label `in`.
label
  : IDENTIFIER
  | 'contains' | 'starts' | 'startswith' | 'ends' | 'endswith' | 'with' | 'in' | 'not' | 'notin'
  ;

LPAREN : '(' ;
RPAREN : ')' ;
LBRACE : '{' ;
RBRACE : '}' ;
COMMA  : ',' ;
EQ     : '==' ;
NE     : '!=' ;
NOT    : '!' ;
AND    : '&&' ;
OR     : '||' ;

// One token with their parenthesis: no blank may stand before it. `has`, `all` and `global` alone are labels.
HAS    : 'has(' ;
ALL    : 'all(' ;
GLOBAL : 'global(' ;

CONTAINS    : 'contains' ;
STARTS      : 'starts' ;
STARTS_WITH : 'startswith' ;
ENDS        : 'ends' ;
ENDS_WITH   : 'endswith' ;
WITH        : 'with' ;
IN          : 'in' ;
NOT_WORD    : 'not' ;
NOT_IN      : 'notin' ;

IDENTIFIER : [a-zA-Z0-9_./-]+ ;

// Any byte but the closing quote, line feeds included; nothing escapes.
STRING : '\'' ~[']* '\'' | '"' ~["]* '"' ;

// Line feeds and carriage returns are no blanks.
BLANKS : [ \t]+ -> skip ;

// A byte that starts no token: no rule above takes it.
STRAY : . ;
