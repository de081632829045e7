/* SPDX-License-Identifier: MIT
 * kinds.c: for each kind of action its direction, risk, what is checked before it and how it is undone. */
#include "plan/kinds.h"

#define ROOT "A WSUS administrator of the root server."
#define AUTONOMOUS "A WSUS administrator of this autonomous server; a replica refuses it."
#define ANY "A WSUS administrator of this server, replica or not."
#define LOCAL "A local administrator, on the server itself."

static const plan_kind kinds[] = {
    {WCK_DO_VERIFY, false, WCK_RISK_LOW, PLAN_REACH_NONE, ANY, "None.", "Nothing to undo.",
     "Look before anything is changed."},
    {WCK_DO_SET_UPSTREAM, false, WCK_RISK_HIGH, PLAN_REACH_BELOW, ANY,
     "The server synchronizes from the upstream server, port and SSL setting that were observed.",
     "Set name, port and SSL of the upstream server back to what the script noted before.",
     "The server must name its upstream server as that server's own console does, on a port that answers."},
    {WCK_DO_SET_PROXY, false, WCK_RISK_MEDIUM, PLAN_REACH_NONE, ANY,
     "The server uses a proxy, and its credentials may travel in cleartext. User and password stay as they are.",
     "Allow basic authentication in cleartext again.",
     "With this setting the password of the proxy travels unencrypted."},
    {WCK_DO_SELECT_PRODUCT, false, WCK_RISK_MEDIUM, PLAN_REACH_BELOW, ROOT,
     "The server synchronizes from Microsoft Update, offers the product and has not selected it.",
     "Take the product out of the selection again; updates that arrived meanwhile stay.",
     "Remedy 1: needed updates below belong to a product that is not selected at the root."},
    {WCK_DO_SELECT_CLASSIFICATION, false, WCK_RISK_MEDIUM, PLAN_REACH_BELOW, ROOT,
     "The server synchronizes from Microsoft Update, offers the classification and has not selected it.",
     "Take the classification out of the selection again; updates that arrived meanwhile stay.",
     "Remedy 1: needed updates below belong to a classification that is not selected at the root."},
    {WCK_DO_SET_LANGUAGES, false, WCK_RISK_MEDIUM, PLAN_REACH_NONE, ANY,
     "The server supports every language of the list, and other languages are enabled now.",
     "Set the languages back to those that the script noted in its journal before it changed them.",
     "A server may only have languages that its upstream server has, and a replica should have the same."},
    {WCK_DO_CANCEL_DOWNLOAD, false, WCK_RISK_LOW, PLAN_REACH_NONE, ANY,
     "The update is on the server and its files are still wanted.", "Resume the download.",
     "Remedy 2: nobody needs the update and it is gone upstream; stop waiting for its files, then decline "
     "it."},
    {WCK_DO_SYNCHRONIZE, false, WCK_RISK_LOW, PLAN_REACH_NONE, ANY,
     "No synchronization is running and the configuration is not being saved; the script waits for both.",
     NULL, "A synchronization brings what the upstream server has and this server lacks."},
    {WCK_DO_CREATE_GROUP, false, WCK_RISK_LOW, PLAN_REACH_MIRRORS, AUTONOMOUS,
     "The server is not a replica and lacks the group.", "Delete the group.", "The target group is missing."},
    {WCK_DO_ACCEPT_EULA, false, WCK_RISK_MEDIUM, PLAN_REACH_MIRRORS, AUTONOMOUS,
     "The server is not a replica, and the license agreement of the update still waits for acceptance.", NULL,
     "An approved update is not offered before its license agreement is accepted; read the agreement first."},
    {WCK_DO_APPROVE, false, WCK_RISK_MEDIUM, PLAN_REACH_MIRRORS, AUTONOMOUS,
     "The server is not a replica, the group exists, and the approval of that group is still as observed.",
     "Bring back the approval that was observed before.",
     "The approval names an older revision; approving the newest one refreshes it for all replicas."},
    {WCK_DO_UNAPPROVE, true, WCK_RISK_MEDIUM, PLAN_REACH_MIRRORS, AUTONOMOUS,
     "The server is not a replica, and the approvals of the update are still the observed ones.",
     "Bring back the approvals that were observed before.",
     "The revision is expired; a newer one exists, so only the approvals of this one go."},
    {WCK_DO_DECLINE, true, WCK_RISK_HIGH, PLAN_REACH_MIRRORS, AUTONOMOUS,
     "The server is not a replica, the update is not declined, and its approvals are still the observed "
     "ones.",
     "Approve it again as it was observed before; without approvals set it to Not Approved.",
     "A decline removes all approvals of all revisions of the update."},
    {WCK_DO_UNDECLINE, false, WCK_RISK_MEDIUM, PLAN_REACH_MIRRORS, AUTONOMOUS,
     "The server is not a replica, and the approvals of the update are still the observed ones.", NULL,
     "A replica keeps a decline until the update is approved anew above: take the approvals away, make them "
     "again, "
     "then synchronize."},
    {WCK_DO_REMOVE_INACTIVE_APPROVALS, true, WCK_RISK_HIGH, PLAN_REACH_MIRRORS, LOCAL,
     "The script runs on the server itself, and wsusutil.exe is where setup put it.", NULL,
     "Approvals that the language settings make permanently inactive never reach replicas; wsusutil removes "
     "all of "
     "them."},
    {WCK_DO_RESET_CONTENT, false, WCK_RISK_HIGH, PLAN_REACH_NONE, ANY,
     "The server keeps files itself, and nothing else that explains missing files stands open: a reset is never the "
     "first step.",
     NULL,
     "The files of approved updates are missing; 'wsusutil reset' compares all of them and downloads what lacks, which "
     "takes hours."},
    {WCK_DO_RESTART_SERVICE, false, WCK_RISK_MEDIUM, PLAN_REACH_NONE, LOCAL,
     "The script runs on the server itself, and the service is installed.", NULL,
     "The service must run, and start by itself, for downloads and synchronizations to work."},
    {WCK_DO_SET_PERMISSIONS, false, WCK_RISK_MEDIUM, PLAN_REACH_NONE, LOCAL,
     "The script runs on the server itself, and the folder is there; its permissions are saved to a file first.",
     "Restore the permissions that were saved.",
     "Network Service needs Full Control of the content folder and Users need Read."},
    {WCK_DO_UNDECIDED, false, WCK_RISK_HIGH, PLAN_REACH_NONE, ANY, "None.", NULL, "No automatic remedy."},
};

const plan_kind *plan_kind_of(wck_action_kind kind)
{
    size_t i = 0;

    while (kinds[i].kind != kind && kinds[i].kind != WCK_DO_UNDECIDED)
        i++;
    return &kinds[i];
}
