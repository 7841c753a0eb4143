/**
 * Where things lie in the memory that the kernels share with TypeScript. Read by both compilers: plain numbers only.
 *
 * A page holds the columns of 256 series of one length; candidate `id` is series `id % 256` of page `id / 256`.
 */
export const seriesPerPage = 256;
/** Segment means in a sketch, one byte each; shorter columns use as many as they have points. */
export const sketchSegments = 32;
/** Steps of a byte of the sketch per unit of a z-normalised value, and the byte that stands for 0. */
export const sketchScale = 32;
export const sketchZero = 128;
/** The sketches of so many series lie together, segment by segment, so that one register holds a segment of all of them. */
export const sketchGroup = 16;
/** A bound that is at least this is this. */
export const highestBound = 65535;

/** Of `flags` in a page. */
export const flagChanged = 1;
/** The ring has not all of the window, or gaps in it: its column is made point by point. */
export const flagUneven = 2;

/** A ring has so many places more than a column points: a search may ask for a window that ends so many steps ago. */
export const spareSlots = 8;

/** A job: what one search asks of all threads. Offsets in bytes; pointers and counts are 32 bits. */
export const jobLength = 0;
export const jobRadius = 4;
/** The query's points, the greatest and the least of them within the radius: float32, padded with zeroes to whole registers. */
export const jobQuery = 8;
export const jobUpper = 12;
export const jobLower = 16;
/** The bytes a candidate's segment means must lie between: first all upper, then all lower ones. */
export const jobSketch = 20;
/** Page pointers by number. */
export const jobPages = 24;
/** 1: columns are z-normalised as they stand. 0: they are rings of raw values. */
export const jobNormalised = 28;
/** How many of the nearest are wanted. */
export const jobCount = 32;
/** Pointer to the float32 above which a squared distance is of no interest; shared by all threads, only ever lowered. */
export const jobLimit = 36;
/** The limit of a squared distance d is (sqrt(d) * relative + absolute)^2: room for rounding. */
export const jobRelative = 40;
export const jobAbsolute = 44;
/** Pointer to pairs (id, float32 squared distance), and to how many there are. */
export const jobResults = 48;
export const jobResultCount = 52;
/** Bounds by id (16 bits), and who is no candidate (a byte by id, not 0). */
export const jobBounds = 56;
export const jobMask = 60;
/** Rings: the first instant of the window, as a number of the grid. */
export const jobOldest = 64;
export const jobBytes = 80;

/**
 * A lag job: what of a query lies where in each ring, shifted by whole steps of the grid. It has `jobLength`, `jobPages` and `jobMask` of a job, and these fields.
 * Points of the query, columns of it (each sampled a part of a step earlier than the one before), and these columns: float32, each beginning on a register.
 */
export const lagPoints = 80;
export const lagPhases = 84;
export const lagQuery = 88;
/** Pointer to float64: of each column the sums of its first 0, 1, ... points, then those of their squares. */
export const lagSums = 92;
/** The instants, as numbers of the grid: of the query's first point; the oldest and the newest that are looked at in a ring. */
export const lagFirst = 96;
export const lagOldest = 100;
export const lagNewest = 104;
/** The first shift, in steps (below 0: earlier than the query), and how many there are. */
export const lagFrom = 108;
export const lagShifts = 112;
/** Points that must meet at a shift, and the least number of the query's points up to the last one that meets. */
export const lagLeast = 116;
export const lagEnd = 120;
/** What is taken out of both before they are compared: 1 the level, 2 the height, 3 both, 0 nothing. */
export const lagTaken = 124;
/** 1: the query upside down as well. */
export const lagMirrored = 128;
/** Points of the moving mean by which rings are smoothed, odd; 1: not at all. */
export const lagWidth = 132;
/** Pointer to float32 by id: what `lagPage` answers. */
export const lagScores = 136;
/** float64: a query's value is its point x scale + mean. */
export const lagMean = 144;
export const lagScale = 152;
export const lagBytes = 160;
/** Of `lagTaken`. */
export const takenLevel = 1;
export const takenHeight = 2;
