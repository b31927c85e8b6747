using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests;

/// <summary>What every connector must do, held against its twin in the sandbox. Each request is held against the vendor's description.</summary>
public abstract class ConnectorContract : IAsyncLifetime
{
    private SpecCheckingHandler? checking;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected SandboxHost Sandbox { get; private set; } = null!;

    protected IConnector Connector { get; private set; } = null!;

    protected IReads Reads => (IReads)Connector;

    protected IActs Acts => (IActs)Connector;

    protected abstract IConnectorType Type { get; }

    protected abstract SimulatedTool Twin { get; }

    /// <summary>The vendor's name among the API descriptions.</summary>
    protected abstract string Vendor { get; }

    /// <summary>The stream that the tests below change records of.</summary>
    protected abstract string Stream { get; }

    protected abstract RecordKind Kind { get; }

    /// <summary>The field whose change is looked for.</summary>
    protected abstract string ChangedField { get; }

    protected abstract object Settings(bool wrongToken);

    /// <summary>The vendor's records have an order of their own.</summary>
    protected virtual bool Ordered => true;

    /// <summary>A record that a person deleted is gone; else the vendor keeps it and says so in a status.</summary>
    protected virtual bool DeletedIsGone => true;

    /// <summary>Paths that no description covers, such as a sign-in.</summary>
    protected virtual bool IsUndescribed(string path) => false;

    /// <summary>A person makes a record; answers its id.</summary>
    protected abstract string MakeRecord();

    /// <summary>A person changes a record in <see cref="ChangedField"/>; answers the new value.</summary>
    protected abstract string ChangeRecord(string id);

    protected abstract void DeleteRecord(string id);

    public virtual async ValueTask InitializeAsync()
    {
        Sandbox = await SandboxHost.StartAsync(cancellationToken: Stop);
        checking = new SpecCheckingHandler(new SpecRecorder(Vendor) { Ignoring = IsUndescribed }) { InnerHandler = Tool.Transport() };
        Connector = Open(wrongToken: false);
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task It_knows_its_account_and_says_when_the_credential_is_refused()
    {
        (await Connector.WhoAmIAsync(Stop)).Value.ShouldNotBeNullOrEmpty();
        ShouldFollowTheDescription();

        var refused = (await Open(wrongToken: true).WhoAmIAsync(Stop)).Failure!;
        refused.Kind.ShouldBe(FailureKind.Unauthorized);
        refused.Message.ShouldContain(Type.Manifest.Name);
    }

    [Fact]
    public async Task A_full_list_holds_every_record_once_and_every_stream_can_be_listed()
    {
        var id = MakeRecord();

        foreach (var stream in Type.Manifest.Streams)
        {
            var (records, _) = await ListAllAsync(stream.Name);
            records.Where(record => record.Kind == stream.Kind).Select(record => record.Id).ShouldBeUnique();
            if (stream.Name == Stream) records.ShouldContain(record => record.Kind == Kind && record.Id == id);
        }

        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task A_poll_after_a_full_list_brings_what_changed_since_and_then_nothing_old_for_ever()
    {
        var id = MakeRecord();
        var (_, cursor) = await ListAllAsync(Stream);
        (_, cursor) = await PollAllAsync(cursor);

        var value = ChangeRecord(id);
        var (records, next) = await PollAllAsync(cursor);

        var seen = records.Last(record => record.Kind == Kind && record.Id == id);
        seen.Fields[ChangedField].ShouldBe(value);
        (seen.Order is not null).ShouldBe(Ordered);
        (await PollAllAsync(next)).Next.Text.ShouldNotBeNull();
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task A_direct_read_brings_the_living_and_says_who_is_gone()
    {
        var (living, dead) = (MakeRecord(), MakeRecord());
        DeleteRecord(dead);

        var page = (await Reads.ReadAsync(Kind, [living, dead, living], Stop)).Value;

        page.Records.Where(record => record.Kind == Kind).ToDictionary(record => record.Id, record => record.Gone)
            .ShouldBe(new Dictionary<string, bool> { [living] = false, [dead] = DeletedIsGone }, ignoreOrder: true);
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task A_tool_that_is_out_of_order_is_unavailable_and_one_that_is_busy_says_when()
    {
        Twin.Faults.Add(new Fault.Answer(503), times: 20);
        (await Reads.ListAsync(Stream, null, Stop)).Failure!.Kind.ShouldBe(FailureKind.Unavailable);

        Twin.Faults.Clear();
        Twin.Faults.Add(new Fault.Answer(429, null, new Dictionary<string, string> { ["Retry-After"] = "60" }));
        var busy = (await Reads.ListAsync(Stream, null, Stop)).Failure!;
        busy.Kind.ShouldBe(FailureKind.RateLimited);
        busy.RetryAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_answer_that_is_no_JSON_is_malformed()
    {
        Twin.Faults.Add(new Fault.Answer(200, "<html>maintenance</html>"));

        (await Reads.ListAsync(Stream, null, Stop)).Failure!.Kind.ShouldBe(FailureKind.Malformed);
    }

    protected IConnector Open(bool wrongToken) => Type.Open(Tool.Context(
        Type, Settings(wrongToken), checking!, TimeProvider.System, new Uri(Twin.BaseUrl)));

    protected void ShouldFollowTheDescription() => checking!.ShouldHaveNoViolations();

    protected async Task<(List<SourceRecord> Records, Cursor Next)> ListAllAsync(string stream)
    {
        var records = new List<SourceRecord>();
        Cursor? cursor = null;
        while (true)
        {
            var page = (await Reads.ListAsync(stream, cursor, Stop)).Value;
            records.AddRange(page.Records);
            cursor = page.Next;
            if (!page.More) return (records, page.Next);
        }
    }

    protected async Task<(List<SourceRecord> Records, Cursor Next)> PollAllAsync(Cursor cursor)
    {
        var records = new List<SourceRecord>();
        while (true)
        {
            var page = (await Reads.PollAsync(Stream, cursor, Stop)).Value;
            records.AddRange(page.Records);
            foreach (var hints in page.Hints.GroupBy(hint => hint.Kind))
                records.AddRange((await Reads.ReadAsync(hints.Key, [.. hints.Select(hint => hint.Id)], Stop)).Value.Records);
            cursor = page.Next;
            if (!page.More) return (records, cursor);
        }
    }

    /// <summary>Prepares and sends a write.</summary>
    protected async Task<ActionResult> DoAsync(ActionCall call)
    {
        var preparation = (await Acts.PrepareAsync(call, Stop)).Value;
        return preparation is Preparation.Exists exists
            ? exists.Result
            : (await Acts.SendAsync(call, preparation.ShouldBeOfType<Preparation.Send>().Call, Stop)).Value;
    }

    /// <summary>Sends a write whose connection is cut after the tool carried it out, and finds what it made.</summary>
    protected async Task<ActionResult> DoubtAndFindAsync(ActionCall call)
    {
        var frozen = (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;
        (await Acts.LookUpAsync(call, frozen, Stop)).Value.ShouldBeNull();

        Twin.Faults.Add(new Fault.CutAfterCommit(), frozen.Method, "");
        (await Acts.SendAsync(call, frozen, Stop)).Failure!.Kind.ShouldBe(FailureKind.Uncertain);

        return (await Acts.LookUpAsync(call, frozen, Stop)).Value.ShouldNotBeNull();
    }

    protected static ActionCall Call(string name, ActionContent content, params (string Name, ActionResult Result)[] results) =>
        new(new ActionOrder("key" + name.Replace("-", "", StringComparison.Ordinal), name, "tool", content), 1, results.ToDictionary(one => one.Name, one => one.Result));
}
