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

    public sealed class ComputerTarget
    {
        public string FullDomainName { get; set; } = "";
    }

    public sealed class ComputerTargetCollection : CollectionBase
    {
        public int Add(ComputerTarget computer) => List.Add(computer);
    }

    public sealed class WsusObjectAlreadyExistsException : Exception
    {
        public WsusObjectAlreadyExistsException() : base("there is one already") { }
    }

    public sealed partial class Group
    {
        internal Server On = null!;
        internal Group? Parent;
        internal readonly ComputerTargetCollection Computers = new ComputerTargetCollection();
        public Guid Id { get; set; }
        public string Name { get; set; } = "";
        public ComputerTargetCollection GetComputerTargets() => Computers;
        public Group GetParentTargetGroup() => Id == new Guid("a0a08746-4dbe-4a37-9adf-9e7652c0b421")
                                                   ? throw new InvalidOperationException("this group cannot be the All Computers group")
                                                   : Parent ?? On.Groups.FirstOrDefault(g => g.Id == new Guid("a0a08746-4dbe-4a37-9adf-9e7652c0b421"))!;
        public void Delete()
        {
            On.RefuseOnReplica();
            if (!On.Groups.Remove(this))
                throw new WsusObjectNotFoundException();
            On.Updates.ForEach(u => u.Approvals.RemoveAll(a => a.ComputerTargetGroupId == Id));
            On.Log("delete group " + Name);
        }
    }

    public sealed partial class Category
    {
        public Guid Id { get; set; }
    }

    public sealed class CategoryCollection : CollectionBase
    {
        public int Add(Category category) => List.Add(category);
        public void Remove(Category category) => List.Remove(category);
        public bool Has(Guid id) => List.Cast<Category>().Any(c => c.Id == id);
    }

    public sealed partial class Approval
    {
        internal Update Of = null!;
        internal bool Made; // by a script
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

    public sealed partial class Update
    {
        internal Server On = null!;
        internal readonly List<Approval> Approvals = new List<Approval>();
        internal Guid UpdateId;
        internal int Revision;
        public UpdateState State { get; set; } = UpdateState.NotReady;
        public PublicationState PublicationState { get; set; }
        public bool IsDeclined { get; set; }
        public bool RequiresLicenseAgreementAcceptance { get; set; }

        internal void Refuse() => On.RefuseOnReplica();

        public UpdateApprovalCollection GetUpdateApprovals() => new UpdateApprovalCollection(Approvals);

        public Approval Approve(UpdateApprovalAction action, Group group) => Approve(action, group, DateTime.MaxValue);

        public Approval Approve(UpdateApprovalAction action, Group group, DateTime deadline)
        {
            Refuse();
            if (RequiresLicenseAgreementAcceptance)
                throw new InvalidOperationException("the license agreement is not accepted");
            if (PublicationState == PublicationState.Expired && action == UpdateApprovalAction.Install)
                throw new InvalidOperationException("the update is expired");
            if (action == UpdateApprovalAction.NotApproved && group.Id == new Guid("a0a08746-4dbe-4a37-9adf-9e7652c0b421"))
                throw new InvalidOperationException("All Computers cannot be set to Not Approved");
            foreach (Update u in On.Updates.Where(u => u.UpdateId == UpdateId))
            {
                u.IsDeclined = false;
                u.Approvals.RemoveAll(a => a.ComputerTargetGroupId == group.Id);
            }
            var made = new Approval { Of = this, Made = true, ComputerTargetGroupId = group.Id, Action = action, Deadline = deadline };
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

    public sealed partial class Configuration
    {
        internal Server On = null!;
        public Guid ServerId { get; set; }
        public bool IsReplicaServer { get; set; }
        public bool SyncFromMicrosoftUpdate { get; set; } = true;
        public bool AllUpdateLanguagesEnabled { get; set; }
        public bool HostBinariesOnMicrosoftUpdate { get; set; }
        public string UpstreamWsusServerName { get; set; } = "";
        public int UpstreamWsusServerPortNumber { get; set; } = 8530;
        public bool UpstreamWsusServerUseSsl { get; set; }
        public bool UseProxy { get; set; }
        public bool AllowProxyCredentialsOverNonSsl { get; set; }
        internal string[] Enabled = { "en" };

        public StringCollection GetEnabledUpdateLanguages()
        {
            var all = new StringCollection();
            all.AddRange(Enabled);
            return all;
        }

        public void SetEnabledUpdateLanguages(StringCollection codes) => Enabled = codes.Cast<string>().ToArray();
        public ConfigurationState GetUpdateServerConfigurationState() =>
            On.Saving-- > 0 ? ConfigurationState.ProcessingSave : ConfigurationState.Ready;

        public void Save()
        {
            On.RefuseWhileSaving();
            On.Configuration = this;
            On.Log("save languages " + string.Join(",", Enabled.OrderBy(c => c, StringComparer.Ordinal)));
        }

        internal Configuration Copy() => (Configuration)MemberwiseClone(); // nothing changes until Save
    }

    public sealed partial class SynchronizationInfo
    {
        public SynchronizationResult Result { get; set; }
        public SynchronizationError Error { get; set; }
    }

    public sealed partial class Subscription
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
            On.RefuseWhileSaving();
            On.Products = products ?? On.Products;
            On.Classifications = classifications ?? On.Classifications;
            On.Log("save selection");
        }

        public void StartSynchronization()
        {
            On.RefuseWhileSaving();
            On.Log("synchronize");
            On.Synchronized?.Invoke();
        }

        private static CategoryCollection Copy(CategoryCollection from)
        {
            var copy = new CategoryCollection();
            foreach (Category c in from)
                copy.Add(c);
            return copy;
        }
    }

    public sealed partial class Server
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

        internal int Saving;            // how often the server still says that it is saving its configuration
        internal bool RefusesAsReplica; // it became one after the script looked
        internal Action? Synchronized = null; // what a synchronization brings

        internal void RefuseOnReplica()
        {
            if (Configuration.IsReplicaServer || RefusesAsReplica)
                throw new InvalidOperationException("a replica refuses this");
        }

        internal void RefuseWhileSaving()
        {
            if (Saving > 0)
                throw new InvalidOperationException("the server is still processing a previous configuration change");
        }

        public Group CreateComputerTargetGroup(string name) => CreateComputerTargetGroup(name, null);

        public Group CreateComputerTargetGroup(string name, Group? parentGroup)
        {
            RefuseOnReplica();
            if (Groups.Any(g => g.Name == name))
                throw new WsusObjectAlreadyExistsException();
            var made = new Group { On = this, Id = NewId(name), Name = name, Parent = parentGroup };
            Groups.Add(made);
            Log("create group " + name + (parentGroup == null ? "" : " below " + parentGroup.Name));
            return made;
        }

        // WSUS chooses one; here the same name gets the same, so that two runs can be compared.
        private static Guid NewId(string name) =>
            new Guid(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).Take(16).ToArray());

        public void ResetAndVerifyContentState() => Log("reset content");

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
            Touch("GetConfiguration");
            Configuration copy = Configuration.Copy();
            copy.On = this;
            return copy;
        }

        public Subscription GetSubscription()
        {
            Touch("GetSubscription");
            return new Subscription { On = this };
        }

        public ComputerTargetGroupCollection GetComputerTargetGroups()
        {
            Touch("GetComputerTargetGroups");
            return new ComputerTargetGroupCollection(Groups);
        }

        public CategoryCollection GetUpdateCategories() => Listed("GetUpdateCategories", Offered);
        public CategoryCollection GetUpdateClassifications() => Listed("GetUpdateClassifications", OfferedClassifications);

        private CategoryCollection Listed(string member, List<Category> from)
        {
            Touch(member);
            var all = new CategoryCollection();
            from.ForEach(c => all.Add(c));
            return all;
        }

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
                       .Concat(Groups.Select(g => "group " + g.Name + " below " + (g.Parent == null ? "" : g.Parent.Name)))
                       .Append("upstream " + Configuration.UpstreamWsusServerName + " " + Configuration.UpstreamWsusServerPortNumber +
                               " " + Configuration.UpstreamWsusServerUseSsl + " " + Configuration.AllowProxyCredentialsOverNonSsl)
                       .Append("languages " + string.Join(",", Configuration.Enabled.OrderBy(c => c, StringComparer.Ordinal)));
            return string.Join("\n", lines.OrderBy(l => l, StringComparer.Ordinal));
        }
    }
}

// System.ServiceProcess.ServiceController, by its documentation; sc.exe of the test's own Windows folder writes how a
// service shall start.
namespace System.ServiceProcess
{
    public enum ServiceControllerStatus { Stopped = 1, Running = 4 }
    public enum ServiceStartMode { Automatic = 2, Manual = 3, Disabled = 4 }

    public sealed class ServiceController
    {
        internal static readonly Dictionary<string, ServiceControllerStatus> Installed = new Dictionary<string, ServiceControllerStatus>();
        internal static readonly Dictionary<string, ServiceStartMode> Starts = new Dictionary<string, ServiceStartMode>();
        internal static readonly List<string> Calls = new List<string>();

        public ServiceController(string name) => ServiceName = name;
        public string ServiceName { get; }

        public ServiceControllerStatus Status => Installed.TryGetValue(ServiceName, out ServiceControllerStatus s)
                                                     ? s
                                                     : throw new InvalidOperationException("Service " + ServiceName + " was not found");

        public ServiceStartMode StartType
        {
            get
            {
                string said = System.IO.Path.Combine(Environment.GetEnvironmentVariable("SystemRoot") ?? "", "start-" + ServiceName);
                if (System.IO.File.Exists(said))
                    return System.IO.File.ReadAllText(said).Trim() == "auto" ? ServiceStartMode.Automatic : ServiceStartMode.Manual;
                return Starts[ServiceName];
            }
        }

        public void Start()
        {
            if (StartType == ServiceStartMode.Disabled || Status == ServiceControllerStatus.Running)
                throw new InvalidOperationException("Cannot start service " + ServiceName);
            Installed[ServiceName] = ServiceControllerStatus.Running;
            Calls.Add("start " + ServiceName);
        }

        public void Stop()
        {
            if (Status != ServiceControllerStatus.Running)
                throw new InvalidOperationException("Cannot stop service " + ServiceName);
            Installed[ServiceName] = ServiceControllerStatus.Stopped;
            Calls.Add("stop " + ServiceName);
        }

        public void WaitForStatus(ServiceControllerStatus desired, TimeSpan timeout)
        {
            if (Status != desired)
                throw new TimeoutException();
        }
    }
}
