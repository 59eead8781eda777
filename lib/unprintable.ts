// Which characters no line of a terminal may hold.

/** Control characters, halves of surrogate pairs, marks that turn the direction of writing, and Unicode's own ends of lines. */
export const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/gu;
