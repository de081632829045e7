// SPDX-License-Identifier: MIT
// FakeWsus.cs: stand-ins for the part of the WSUS API that the scripts call, written from its public documentation
// (domain.md 3), with the refusals that a real server makes. One server, in memory; it counts what changes it.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.Linq;

namespace Microsoft.UpdateServices.Administration
{
    public enum UpdateApprovalAction { Install = 0, Uninstall = 1, NotApproved = 3 }
    public enum UpdateState { NotNeeded = 3, NotReady = 4, Ready = 5, Canceled = 6 }
    public enum PublicationState { Published, Expired }
    public enum ConfigurationState { Ready, ProcessingSave, SynchronizationInProgress }
    public enum SynchronizationStatus { NotProcessing, Running, Stopping }
    public enum SynchronizationResult { NeverRun, Succeeded, Failed, Canceled }

    public sealed class WsusObjectNotFoundException : Exception
    {
        public WsusObjectNotFoundException() : base("not found") { }
    }

    public static class AdminProxy
    {
        public static Server Current = new Server();
        public static Server GetUpdateServer() => Current;
        public static Server GetUpdateServer(string name, bool useSsl, int port) => Current;
    }

    public sealed class UpdateRevisionId
    {
        public UpdateRevisionId(Guid updateId, int revisionNumber)
        {
            UpdateId = updateId;
            RevisionNumber = revisionNumber;
        }
        public Guid UpdateId { get; }
        public int RevisionNumber { get; }
    }

    public sealed class Group
    {
        public Guid Id { get; set; }
    }

    public sealed class Category
    {
        public Guid Id { get; set; }
    }

    public sealed class CategoryCollection : CollectionBase
    {
        public int Add(Category category) => List.Add(category);
        public void Remove(Category category) => List.Remove(category);
        public bool Has(Guid id) => List.Cast<Category>().Any(c => c.Id == id);
    }

    public sealed class Approval
    {
        internal Update Of = null!;
        public Guid ComputerTargetGroupId { get; set; }
        public UpdateApprovalAction Action { get; set; }
        public DateTime Deadline { get; set; } = DateTime.MaxValue;
        public UpdateRevisionId UpdateId => new UpdateRevisionId(Of.UpdateId, Of.Revision);
        public void Delete()
        {
            Of.Refuse();
            if (!Of.Approvals.Remove(this))
                throw new WsusObjectNotFoundException();
            Of.On.Log("delete approval " + Of.Revision + " " + ComputerTargetGroupId);
        }
    }

    public sealed class Update
    {
        internal Server On = null!;
        internal readonly List<Approval> Approvals = new List<Approval>();
        public Guid UpdateId;
        public int Revision;
        public UpdateState State { get; set; } = UpdateState.NotReady;
        public PublicationState PublicationState { get; set; }
        public bool IsDeclined { get; set; }
        public bool RequiresLicenseAgreementAcceptance { get; set; }

        internal void Refuse()
        {
            if (On.Configuration.IsReplicaServer)
                throw new InvalidOperationException("a replica refuses this");
        }

        public Approval[] GetUpdateApprovals() => Approvals.ToArray();

        public Approval Approve(UpdateApprovalAction action, Group group) => Approve(action, group, DateTime.MaxValue);

        public Approval Approve(UpdateApprovalAction action, Group group, DateTime deadline)
        {
            Refuse();
            if (RequiresLicenseAgreementAcceptance)
                throw new InvalidOperationException("the license agreement is not accepted");
            foreach (Update u in On.Updates.Where(u => u.UpdateId == UpdateId))
            {
                u.IsDeclined = false;
                u.Approvals.RemoveAll(a => a.ComputerTargetGroupId == group.Id);
            }
            var made = new Approval { Of = this, ComputerTargetGroupId = group.Id, Action = action, Deadline = deadline };
            Approvals.Add(made);
            On.Log("approve " + Revision + " " + action + " " + group.Id);
            return made;
        }

        public void Decline()
        {
            Refuse();
            foreach (Update u in On.Updates.Where(u => u.UpdateId == UpdateId))
            {
                u.IsDeclined = true;
                u.Approvals.Clear();
            }
            On.Log("decline");
        }

        public void CancelDownload()
        {
            State = UpdateState.Canceled;
            On.Log("cancel download");
        }

        public void ResumeDownload()
        {
            State = UpdateState.NotReady;
            On.Log("resume download");
        }

        public void AcceptLicenseAgreement()
        {
            RequiresLicenseAgreementAcceptance = false;
            On.Log("accept license agreement");
        }
    }

    public sealed class Configuration
    {
        internal Server On = null!;
        public Guid ServerId { get; set; }
        public bool IsReplicaServer { get; set; }
        public bool SyncFromMicrosoftUpdate { get; set; } = true;
        public bool AllUpdateLanguagesEnabled { get; set; }
        public string[] SupportedUpdateLanguages { get; set; } = { "de", "en", "fr" };
        internal string[] Enabled = { "en" };

        public StringCollection GetEnabledUpdateLanguages()
        {
            var all = new StringCollection();
            all.AddRange(Enabled);
            return all;
        }

        public void SetEnabledUpdateLanguages(StringCollection codes) => Enabled = codes.Cast<string>().ToArray();
        public ConfigurationState GetUpdateServerConfigurationState() => ConfigurationState.Ready;

        public void Save()
        {
            On.Configuration = this;
            On.Log("save languages " + string.Join(",", Enabled.OrderBy(c => c, StringComparer.Ordinal)));
        }

        internal Configuration Copy() => (Configuration)MemberwiseClone(); // nothing changes until Save
    }

    public sealed class SynchronizationInfo
    {
        public SynchronizationResult Result { get; set; }
        public string Error { get; set; } = "";
    }

    public sealed class Subscription
    {
        internal Server On = null!;
        private CategoryCollection? products, classifications;
        public CategoryCollection GetUpdateCategories() => Copy(On.Products);
        public CategoryCollection GetUpdateClassifications() => Copy(On.Classifications);
        public void SetUpdateCategories(CategoryCollection set) => products = set;
        public void SetUpdateClassifications(CategoryCollection set) => classifications = set;
        public SynchronizationStatus GetSynchronizationStatus() => SynchronizationStatus.NotProcessing;
        public SynchronizationInfo GetLastSynchronizationInfo() => new SynchronizationInfo { Result = On.NextResult };

        public void Save()
        {
            On.Products = products ?? On.Products;
            On.Classifications = classifications ?? On.Classifications;
            On.Log("save selection");
        }

        public void StartSynchronization() => On.Log("synchronize");

        private static CategoryCollection Copy(CategoryCollection from)
        {
            var copy = new CategoryCollection();
            foreach (Category c in from)
                copy.Add(c);
            return copy;
        }
    }

    public sealed class Server
    {
        public string Name { get; set; } = "WSUS-HQ";
        internal Configuration Configuration = new Configuration();
        internal readonly List<Update> Updates = new List<Update>();
        internal readonly List<Group> Groups = new List<Group>();
        internal readonly List<Category> Offered = new List<Category>(), OfferedClassifications = new List<Category>();
        internal CategoryCollection Products = new CategoryCollection(), Classifications = new CategoryCollection();
        internal SynchronizationResult NextResult = SynchronizationResult.Succeeded;
        internal readonly List<string> Changes = new List<string>();
        internal int FailAfter = int.MaxValue; // a change beyond this number throws once

        internal void Log(string change)
        {
            Changes.Add(change);
            if (Changes.Count > FailAfter)
            {
                FailAfter = int.MaxValue;
                throw new InvalidOperationException("the connection was lost");
            }
        }

        public Configuration GetConfiguration()
        {
            Configuration copy = Configuration.Copy();
            copy.On = this;
            return copy;
        }

        public Subscription GetSubscription() => new Subscription { On = this };
        public Group[] GetComputerTargetGroups() => Groups.ToArray();
        public Category[] GetUpdateCategories() => Offered.ToArray();
        public Category[] GetUpdateClassifications() => OfferedClassifications.ToArray();

        public Update GetUpdate(UpdateRevisionId id)
        {
            return Updates.Where(u => u.UpdateId == id.UpdateId)
                          .Where(u => id.RevisionNumber == 0 || u.Revision == id.RevisionNumber)
                          .OrderByDescending(u => u.Revision)
                          .FirstOrDefault() ?? throw new WsusObjectNotFoundException();
        }

        // What a second run, or an undo, must leave alone or bring back.
        internal string State()
        {
            IEnumerable<string> lines =
                Updates.SelectMany(u => u.Approvals.Select(a => u.UpdateId + "/" + u.Revision + " " + a.ComputerTargetGroupId +
                                                                " " + a.Action + " " + a.Deadline.ToString("s")))
                       .Concat(Updates.Select(u => u.UpdateId + "/" + u.Revision + " " + u.IsDeclined + " " + u.State))
                       .Concat(Products.Cast<Category>().Select(c => "product " + c.Id))
                       .Concat(Classifications.Cast<Category>().Select(c => "classification " + c.Id))
                       .Append("languages " + string.Join(",", Configuration.Enabled.OrderBy(c => c, StringComparer.Ordinal)));
            return string.Join("\n", lines.OrderBy(l => l, StringComparer.Ordinal));
        }
    }
}
