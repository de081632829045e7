/* SPDX-License-Identifier: MIT
 * standin.c: a Windows program in the place of wsusutil.exe, net.exe, sc.exe, reg.exe, icacls.exe, choice.exe and
 * findstr.exe. It adds its command line to C:\case\calls.txt, and says and returns what the first line of
 * C:\case\answers.txt that fits tells: STATUS|PART OF THE COMMAND LINE|TEXT; otherwise nothing and 0. findstr.exe
 * really looks (/x, /c:"text", a file or standard input), icacls.exe /save makes its file, and what "net" starts or
 * stops is what "sc query" says then.
 *
 * Built by the gcc and ld of Linux, without headers or libraries of Windows: the functions of kernel32.dll are found
 * through the process environment block, as a loader finds them. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
#define API __attribute__((ms_abi))

static char *(API *command_line)(void);
static void *(API *open_file)(const char *, u32, u32, void *, u32, u32, void *);
static int(API *read_file)(void *, void *, u32, u32 *, void *);
static int(API *write_file)(void *, const void *, u32, u32 *, void *);
static void *(API *standard)(u32);
static void(API *leave)(u32);

static u32 length(const char *s)
{
    u32 n = 0;
    while (s[n] != 0)
        n++;
    return n;
}

static int starts(const char *s, const char *head, u32 n)
{
    for (u32 i = 0; i < n; i++)
        if (s[i] != head[i])
            return 0;
    return 1;
}

static const char *find(const char *s, const char *part, u32 n)
{
    for (; length(s) >= n; s++)
        if (starts(s, part, n))
            return s;
    return 0;
}

/* kernel32.dll is loaded third, after the program and ntdll.dll. */
static const u8 *kernel32(void)
{
    const u8 *peb, *entry;
    __asm__ volatile("movq %%gs:0x60, %0" : "=r"(peb));
    entry = *(const u8 *const *)(*(const u8 *const *)(peb + 0x18) + 0x20);
    for (int i = 0; i < 2; i++)
        entry = *(const u8 *const *)entry;
    return *(const u8 *const *)(entry + 0x20);
}

static void *function(const char *name)
{
    const u8 *base = kernel32(), *pe = base + *(const u32 *)(base + 0x3C), *exports = base + *(const u32 *)(pe + 0x88);
    const u32 *names = (const u32 *)(base + *(const u32 *)(exports + 0x20));
    const u32 *functions = (const u32 *)(base + *(const u32 *)(exports + 0x1C));
    const u16 *ordinals = (const u16 *)(base + *(const u32 *)(exports + 0x24));

    for (u32 i = 0; i < *(const u32 *)(exports + 0x18); i++)
        if (starts((const char *)(base + names[i]), name, length(name) + 1))
            return (void *)(base + functions[ordinals[i]]);
    return 0;
}

static char text[65536], input[65536];

/* The whole of a file, ended by a zero; nothing when it is not there. */
static char *whole(char *into, u32 size, void *file)
{
    u32 n = 0, got = 0;
    while (file != (void *)-1 && n + 1 < size && read_file(file, into + n, size - 1 - n, &got, 0) && got > 0)
        n += got;
    into[n] = 0;
    return into;
}

static void put(void *file, const char *s, u32 n)
{
    u32 done;
    write_file(file, s, n, &done, 0);
}

/* findstr [/x] /c:"WHAT" [FILE] */
static u32 findstr(const char *line)
{
    const char *what = find(line, "/c:\"", 4), *end, *file;
    u32 n;
    if (what == 0)
        return 2;
    what += 4;
    end = find(what, "\"", 1);
    n = (u32)(end - what);
    file = find(end + 1, "\"", 1);
    if (file != 0) {
        char *close = (char *)find(file + 1, "\"", 1);
        *close = 0;
        whole(input, sizeof input, open_file(file + 1, 0x80000000, 3, 0, 3, 0x80, 0));
    } else {
        whole(input, sizeof input, standard((u32)-10));
    }
    for (const char *at = find(input, what, n); at != 0; at = find(at + 1, what, n))
        if (find(line, " /x ", 4) == 0 || ((at == input || at[-1] == '\n') && (at[n] == '\r' || at[n] == '\n')))
            return 0;
    return 1;
}

static void save(const char *line)
{
    const char *file = find(line, "/save \"", 7);
    char *close = file != 0 ? (char *)find(file + 7, "\"", 1) : 0;
    if (close == 0)
        return;
    *close = 0;
    put(open_file(file + 7, 0x40000000, 0, 0, 2, 0x80, 0), "acl", 3);
}

static const char state_file[] = "C:\\case\\state.txt";

/* One service is looked at at a time, so one state is enough. */
static void service(const char *line)
{
    static const char running[] = "        STATE              : 4  RUNNING\r\n", stopped[] = "        STATE              : 1  STOPPED\r\n";
    int stops = find(line, " stop ", 6) != 0;

    if (find(line, "net.exe", 7) != 0 && (stops || find(line, " start ", 7) != 0))
        put(open_file(state_file, 0x40000000, 0, 0, 2, 0x80, 0), stops ? stopped : running, stops ? sizeof stopped - 1 : sizeof running - 1);
    if (find(line, "sc.exe", 6) != 0 && find(line, " query ", 7) != 0) {
        whole(input, sizeof input, open_file(state_file, 0x80000000, 3, 0, 3, 0x80, 0));
        put(standard((u32)-11), input[0] != 0 ? input : running, input[0] != 0 ? length(input) : sizeof running - 1);
    }
}

static u32 answer(const char *line)
{
    char *at = whole(text, sizeof text, open_file("C:\\case\\answers.txt", 0x80000000, 3, 0, 3, 0x80, 0));
    while (*at != 0) {
        u32 status = 0;
        const char *part, *bar, *end = find(at, "\n", 1);
        int negative = *at == '-';
        for (at += negative; *at != '|'; at++)
            status = status * 10 + (u32)(*at - '0');
        part = at + 1;
        bar = find(part, "|", 1);
        if (find(line, part, (u32)(bar - part)) != 0) {
            put(standard((u32)-11), bar + 1, (u32)(end - bar));
            return negative ? 0U - status : status;
        }
        at = (char *)end + 1;
    }
    return 0;
}

void API start(void)
{
    void *calls;
    char *line;
    u32 status;

    command_line = function("GetCommandLineA");
    open_file = function("CreateFileA");
    read_file = function("ReadFile");
    write_file = function("WriteFile");
    standard = function("GetStdHandle");
    leave = function("ExitProcess");
    line = command_line();
    if (find(line, "findstr.exe", 11) != 0)
        leave(findstr(line));
    calls = open_file("C:\\case\\calls.txt", 4, 3, 0, 4, 0x80, 0); /* FILE_APPEND_DATA, OPEN_ALWAYS */
    put(calls, line, length(line));
    put(calls, "\n", 1);
    status = answer(line);
    if (status == 0) {
        service(line);
        save(line);
    }
    leave(status);
}
