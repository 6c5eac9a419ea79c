grammar Selector;
selector : EOF ;
WS : [ \t]+ -> skip ;
