/* SPDX-License-Identifier: MIT
 * script_cmd.c: the steps of a plan that a command line can do: wsusutil, net, sc and icacls, for servers on which no
 * PowerShell may run.
 *
 * Nothing can be quoted safely for cmd.exe, so nothing untrusted is: into the file go ids, words of our own, the
 * computer's name and the content folder, and the last two only when every character of them means nothing to it;
 * otherwise the step, or the whole script, says that it must be done another way. Pure ASCII, CRLF. */
#include "emit/script_common.h"

#include <stdlib.h>
#include <string.h>

static void line(wck_buf *out, const char *text)
{
    wck_buf_puts(out, text);
    wck_buf_puts(out, "\r\n");
}

/* C:\, then letters, digits, blanks and ._-()\, and nothing that Windows would cut off at the end. */
static bool safe_path(const char *path)
{
    size_t len = path != NULL ? strlen(path) : 0;

    if (len < 4 || len > 200 || !((path[0] | 0x20) >= 'a' && (path[0] | 0x20) <= 'z') || path[1] != ':' || path[2] != '\\')
        return false;
    return strspn(path + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-()\\") == len - 3 &&
           strstr(path, "..") == NULL && strchr("\\. ", path[len - 1]) == NULL;
}

/* The NetBIOS name: 15 characters of the first part. "" when it cannot be told. */
static void computer_name(char out[16], const wck_plan *plan, const wck_script *s)
{
    const wck_plan_action *first = &plan->actions.items[s->from];
    const wck_plan_snapshot *snapshot = wck_script_snapshot(plan, first->server);
    const char *name = snapshot != NULL ? snapshot->fqdn : NULL;
    size_t n = 0;

    for (; name != NULL && name[n] != '\0' && name[n] != '.' && n < 15; n++) {
        char c = name[n];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-')) {
            n = 0;
            break;
        }
        out[n] = c;
    }
    out[n] = '\0';
}

static bool first_of_script(const wck_plan *plan, size_t i)
{
    return i == 0 || strcmp(plan->actions.items[i - 1].server, plan->actions.items[i].server) != 0;
}

static bool takes(const wck_plan *plan, size_t i)
{
    const wck_plan_action *a = &plan->actions.items[i];

    switch (a->kind) {
    case WCK_DO_VERIFY:
    case WCK_DO_REMOVE_INACTIVE_APPROVALS:
        return true;
    case WCK_DO_RESET_CONTENT:
        return !first_of_script(plan, i);
    case WCK_DO_RESTART_SERVICE:
        return a->target.service != NULL && wck_service_known(a->target.service);
    case WCK_DO_SET_PERMISSIONS:
        return safe_path(a->target.path);
    default:
        return false;
    }
}

static const wck_dialect dialect = {"cmd", takes, "/whatif", "/y"};

static bool can_undo(const wck_plan_action *a)
{
    return a->kind == WCK_DO_SET_PERMISSIONS;
}

static void put_head(wck_buf *out, const char *computer, const char *plan_id)
{
    line(out, "@echo off");
    line(out, "setlocal EnableExtensions DisableDelayedExpansion");
    line(out, "rem Made by wsusck. Read it together with run-order.md, then run it on its server, as an administrator.");
    line(out, "rem Options: /whatif shows what would be done, /y asks nothing.");
    line(out, "rem Exit: 0 every step is done or was so already; 3 some were skipped; 2 stopped by an error; 1 refused.");
    line(out, "set \"ERRORLEVEL=\""); /* a variable of that name would stand before the real one */
    wck_buf_printf(out, "set \"PLAN=%s\"\r\n", plan_id);
    wck_buf_printf(out, "set \"WANTED=%s\"\r\n", computer);
    line(out, "set \"RC=0\"");
    line(out, "set \"ASK=1\"");
    line(out, "set \"DO=1\"");
    line(out, "set \"OPTION=%~1\"");
    line(out, "if not defined OPTION goto start");
    line(out, "if not \"%~2\"==\"\" goto usage");
    line(out, "if /i \"%OPTION%\"==\"/whatif\" set \"DO=0\"& goto start");
    line(out, "if /i \"%OPTION%\"==\"/y\" set \"ASK=0\"& goto start");
    line(out, "goto usage");
    line(out, ":start");
    line(out, "set \"SYS=%SystemRoot%\\System32\"");
    line(out, "set \"JOURNAL=%~dpn0.journal.txt\"");
    line(out, "if \"%WANTED%\"==\"\" goto nameless");
    line(out, "if /i not \"%COMPUTERNAME%\"==\"%WANTED%\" goto wrong");
    line(out, "\"%SYS%\\net.exe\" session >nul 2>&1");
    line(out, "if errorlevel 1 goto noadmin");
    line(out, "set \"TOOLS=%ProgramFiles%\\Update Services\\Tools\"");
    /* no quote at the beginning of the command: cmd.exe would take it away, and the last one */
    line(out, "for /f \"tokens=2,*\" %%a in ('%SYS%\\reg.exe query \"HKLM\\SOFTWARE\\Microsoft\\Update Services\\"
              "Server\\Setup\" /v TargetDir 2^>nul') do set \"TOOLS=%%b\\Tools\"");
}

static void put_tail(wck_buf *out)
{
    line(out, "");
    line(out, "echo end exit %RC%");
    line(out, "exit /b %RC%");
    line(out, "");
    line(out, ":begin");
    line(out, "set \"STEP=%~1 %~2\"");
    line(out, "\"%SYS%\\findstr.exe\" /x /c:\"%PLAN% %~1 done\" \"%JOURNAL%\" >nul 2>&1");
    line(out, "if not errorlevel 1 echo %~1 already %~2& exit /b 1");
    line(out, "if \"%DO%\"==\"0\" echo %~1 whatif %~2& exit /b 1");
    line(out, "if \"%ASK%\"==\"0\" exit /b 0");
    line(out, "\"%SYS%\\choice.exe\" /c YN /m \"%~1 %~2\"");
    line(out, "if errorlevel 2 set \"RC=3\"& echo %~1 skipped %~2: not confirmed& exit /b 1");
    line(out, "exit /b 0");
    line(out, "");
    line(out, ":done");
    line(out, ">>\"%JOURNAL%\" echo %PLAN% %~1 done");
    line(out, "echo %~1 done");
    line(out, "exit /b 0");
    line(out, "");
    line(out, ":failed");
    line(out, "echo %STEP% error: the program above ended with %ERRORLEVEL% 1>&2");
    line(out, "echo end exit 2");
    line(out, "exit /b 2");
    line(out, ":usage");
    line(out, "echo refused: the options are /whatif or /y, one of them 1>&2");
    line(out, "exit /b 1");
    line(out, ":wrong");
    line(out, "echo refused: this is %COMPUTERNAME%, and the plan is for %WANTED% 1>&2");
    line(out, "exit /b 1");
    line(out, ":nameless");
    line(out, "echo refused: the plan does not know the name of the computer; use the PowerShell dialect 1>&2");
    line(out, "exit /b 1");
    line(out, ":noadmin");
    line(out, "echo refused: run it as an administrator 1>&2");
    line(out, "exit /b 1");
}

/* A program of .NET that an exception ends has a negative status, which "if errorlevel 1" takes for success. */
static const char *const unless_done = "if %ERRORLEVEL% neq 0 goto failed";

/* 1 is STOPPED and 4 is RUNNING in every language; what "net" returns also says that it was so before. */
static void must_be(wck_buf *out, const char *service, int state)
{
    wck_buf_printf(out, "\"%%SYS%%\\sc.exe\" query %s | \"%%SYS%%\\findstr.exe\" /c:\": %d \" >nul\r\n", service, state);
    line(out, unless_done);
}

static void put_service(wck_buf *out, const wck_plan_target *t)
{
    const char *start = t->start == WCK_START_AUTOMATIC ? "auto" : t->start == WCK_START_MANUAL ? "demand" : NULL;

    if (start != NULL) {
        wck_buf_printf(out, "\"%%SYS%%\\sc.exe\" config %s start= %s\r\n", t->service, start);
        line(out, unless_done);
    }
    if (t->restart) {
        wck_buf_printf(out, "\"%%SYS%%\\net.exe\" stop %s /y\r\n", t->service);
        must_be(out, t->service, 1);
    }
    wck_buf_printf(out, "\"%%SYS%%\\net.exe\" start %s\r\n", t->service);
    must_be(out, t->service, 4);
}

static void put_action(wck_buf *out, const wck_plan_action *a)
{
    switch (a->kind) {
    case WCK_DO_VERIFY:
        line(out, "\"%TOOLS%\\wsusutil.exe\" checkhealth");
        break;
    case WCK_DO_REMOVE_INACTIVE_APPROVALS:
        line(out, "\"%TOOLS%\\wsusutil.exe\" removeinactiveapprovals");
        break;
    case WCK_DO_RESET_CONTENT:
        line(out, "\"%TOOLS%\\wsusutil.exe\" reset");
        break;
    case WCK_DO_RESTART_SERVICE:
        put_service(out, &a->target);
        return;
    default: /* the permissions before are kept once, whatever happens later */
        wck_buf_printf(out, "if not exist \"%%~dpn0.%s.acl\" \"%%SYS%%\\icacls.exe\" \"%s\" /save \"%%~dpn0.%s.acl\"\r\n",
                       a->id, a->target.path, a->id);
        line(out, unless_done);
        wck_buf_printf(out, "\"%%SYS%%\\icacls.exe\" \"%s\" /grant *S-1-5-20:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX\r\n",
                       a->target.path);
        break;
    }
    line(out, unless_done);
}

static void put_step(wck_buf *out, const wck_plan *plan, size_t i)
{
    const wck_plan_action *a = &plan->actions.items[i];
    const char *kind = wck_action_kind_name(a->kind);

    line(out, "");
    if (!takes(plan, i)) {
        wck_buf_printf(out, "rem %s %s: not here, use the PowerShell dialect\r\n", a->id, kind);
        return;
    }
    wck_buf_printf(out, "call :begin %s %s\r\nif errorlevel 1 goto end_%s\r\n", a->id, kind, a->id);
    put_action(out, a);
    wck_buf_printf(out, "call :done %s\r\n:end_%s\r\n", a->id, a->id);
}

static void put_undo(wck_buf *out, const wck_plan_action *a, const char *stem)
{
    size_t above = (size_t)(strrchr(a->target.path, '\\') - a->target.path);

    if (above < 3)
        above = 3; /* the root of a drive keeps its backslash */
    line(out, "");
    wck_buf_printf(out, "if not exist \"%%~dp0%s.%s.acl\" echo %s already, nothing was saved& goto end_%s\r\n", stem, a->id,
                   a->id, a->id);
    wck_buf_printf(out, "call :begin %s undo_%s\r\nif errorlevel 1 goto end_%s\r\n", a->id, wck_action_kind_name(a->kind),
                   a->id);
    /* a backslash before the closing quote is one too many for a program: double it */
    wck_buf_printf(out, "\"%%SYS%%\\icacls.exe\" \"%.*s%s\" /restore \"%%~dp0%s.%s.acl\"\r\n", (int)above, a->target.path,
                   above == 3 ? "\\" : "", stem, a->id);
    line(out, unless_done);
    wck_buf_printf(out, "call :done %s\r\n:end_%s\r\n", a->id, a->id);
}

static wck_status put_script(wck_buf *buf, const wck_plan *plan, const wck_script *s, const char *id, wck_file_fn *fn,
                             void *payload, wck_error *err)
{
    char computer[16];
    wck_status status;

    computer_name(computer, plan, s);
    put_head(buf, computer, id);
    for (size_t i = s->from; i < s->to; i++)
        put_step(buf, plan, i);
    put_tail(buf);
    status = wck_script_hand_over(buf, s->stem, ".cmd", fn, payload, err);
    if (status != WCK_OK)
        return status;
    put_head(buf, computer, id);
    for (size_t i = s->to; i-- > s->from;) {
        const wck_plan_action *a = &plan->actions.items[i];
        if (takes(plan, i) && can_undo(a))
            put_undo(buf, a, s->stem);
        else
            wck_buf_printf(buf, "rem %s %s: nothing to undo here\r\n", a->id, wck_action_kind_name(a->kind));
    }
    put_tail(buf);
    return wck_script_hand_over(buf, s->stem, ".undo.cmd", fn, payload, err);
}

wck_status wck_emit_script_cmd(const wck_plan *plan, wck_file_fn *fn, void *payload, wck_error *err)
{
    enum { MAX_SCRIPT = 512 << 20 };
    size_t n = 0;
    wck_script *scripts = wck_script_split(plan, &n);
    char id[WCK_PLAN_ID];
    wck_status status = wck_script_check_ids(plan, err);
    wck_buf buf;

    wck_buf_init(&buf, MAX_SCRIPT);
    if (status == WCK_OK && (scripts == NULL || !wck_script_plan_id(id, plan)))
        status = wck_fail_memory(err, "writing the scripts");
    for (size_t i = 0; status == WCK_OK && i < n; i++)
        if (wck_dialect_has(&dialect, plan, &scripts[i]))
            status = put_script(&buf, plan, &scripts[i], id, fn, payload, err);
    if (status == WCK_OK)
        status = wck_script_orders(&buf, plan, scripts, n, &dialect, fn, payload, err);
    wck_buf_clear(&buf);
    free(scripts);
    return status;
}
