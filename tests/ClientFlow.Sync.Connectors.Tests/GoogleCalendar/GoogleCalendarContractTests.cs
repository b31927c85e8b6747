using System.Text.Json.Nodes;
using ClientFlow.Sync.Connectors.GoogleCalendar;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Sandbox;

namespace ClientFlow.Sync.Connectors.Tests.GoogleCalendar;

public sealed class GoogleCalendarContractTests : ConnectorContract
{
    private static readonly DateTimeOffset At = DateTimeOffset.Parse("2027-07-01T08:00:00Z");

    private static readonly ReminderContent Content = new(
        "Renewal: Acme", "Ends on 31 July", At, "Europe/London", TimeSpan.FromMinutes(30), null, "asana:1:project:7", 1);

    private int made;

    protected override IConnectorType Type { get; } = new GoogleCalendarConnectorType();

    protected override SimulatedTool Twin => Sandbox.GoogleCalendar;

    protected override string Vendor => "google-calendar";

    protected override string Stream => "events";

    protected override RecordKind Kind => RecordKind.Reminder;

    protected override string ChangedField => "summary";

    // Google never forgets a deleted event: it stays, cancelled.
    protected override bool DeletedIsGone => false;

    protected override bool IsUndescribed(string path) => path == "/token";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();

        // Signed in, so that scripted trouble meets the calendar and not the sign-in, which has tests of its own.
        (await Connector.WhoAmIAsync(Stop)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task A_reminder_is_made_moved_and_taken_out_and_each_is_found_after_doubt()
    {
        var reminder = await DoubtAndFindAsync(Order("cfreminder", "reminder", Content));
        Sandbox.GoogleCalendar.EventsOf().Single(e => (string?)e["id"] == "cfreminder")["start"]!["dateTime"]!.ToString().ShouldContain("09:00:00+01:00");

        var move = Order("cfmove", "move-1", new ReminderMoveContent("reminder", "Renewal: Acme", At.AddDays(7), At, "Europe/London", TimeSpan.FromMinutes(30)), reminder);
        var moved = await DoubtAndFindAsync(move);
        moved.Note.ShouldBeNull();
        (await Acts.PrepareAsync(move, Stop)).Value.ShouldBeOfType<Preparation.Exists>();

        var cancel = Order("cfcancel", "cancel-1", new ReminderCancelContent("reminder"), reminder);
        await DoubtAndFindAsync(cancel);
        (await Acts.PrepareAsync(cancel, Stop)).Value.ShouldBeOfType<Preparation.Exists>();
        (await Acts.PrepareAsync(move, Stop)).Value.ShouldBeOfType<Preparation.Exists>().Result.Note!.ShouldContain("deleted");
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task The_same_insert_twice_makes_one_event()
    {
        var call = Order("cfonce", "reminder", Content);
        var frozen = (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;

        (await Acts.SendAsync(call, frozen, Stop)).Value.Id.ShouldBe((await Acts.SendAsync(call, frozen, Stop)).Value.Id);

        Sandbox.GoogleCalendar.EventsOf().Count(e => (string?)e["id"] == "cfonce").ShouldBe(1);
    }

    [Fact]
    public async Task A_person_who_moved_the_reminder_keeps_it_there()
    {
        var reminder = await DoAsync(Order("cfkept", "reminder", Content));
        var change = Order("cfmove", "move-1", new ReminderMoveContent("reminder", "Renewal: Acme", At.AddDays(7), At, "Europe/London", TimeSpan.FromMinutes(30)), reminder);
        var frozen = (await Acts.PrepareAsync(change, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;
        Do("change-event", new()
        {
            ["id"] = "cfkept",
            ["event"] = new JsonObject
            {
                ["start"] = new JsonObject { ["dateTime"] = "2027-06-15T10:00:00+01:00" }, ["end"] = new JsonObject { ["dateTime"] = "2027-06-15T11:00:00+01:00" },
            },
        });

        (await Acts.SendAsync(change, frozen, Stop)).Value.Note!.ShouldContain("A person moved");
    }

    [Fact]
    public async Task A_persons_calendar_is_used_and_polled_once_it_is_shared()
    {
        Sandbox.GoogleCalendar.AddCalendar("ana@northwind.example", "Ana");
        var (_, cursor) = await ListAllAsync(Stream);

        var reminder = await DoAsync(Order("cfana", "reminder", Content with { For = "ana@northwind.example" }));
        var nobody = await DoAsync(Order("cfelse", "reminder", Content with { For = "nobody@elsewhere.example" }));

        reminder.Id.ShouldBe("ana@northwind.example/cfana");
        nobody.Id.ShouldBe("primary/cfelse");
        var (records, next) = await PollAllAsync(cursor);
        records.Select(r => r.Id).ShouldBe(["primary/cfelse", "ana@northwind.example/cfana"], ignoreOrder: true);

        Do("delete-event", new() { ["calendar"] = "ana@northwind.example", ["id"] = "cfana" });
        (records, _) = await PollAllAsync(next);
        records.Single().ShouldSatisfyAllConditions(r => r.Id.ShouldBe(reminder.Id), r => r.Meaning["status"].ShouldBe("cancelled"));
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task Dropped_sync_tokens_and_withdrawn_access_tokens_are_got_over()
    {
        var id = MakeRecord();
        var (_, cursor) = await ListAllAsync(Stream);
        Sandbox.GoogleCalendar.ExpireSyncTokens();
        Do("revoke-access-tokens", []);

        var page = (await Reads.PollAsync(Stream, cursor, Stop)).Value;

        page.Expired.ShouldBeTrue();
        (await Reads.ListAsync(Stream, page.Next, Stop)).Value.Records.ShouldContain(r => r.Id == id);
    }

    [Fact]
    public async Task A_user_who_agreed_once_can_sign_in_too()
    {
        var path = Path.GetTempFileName();
        Sandbox.GoogleCalendar.WriteUserCredentials(path);
        var credentials = GoogleCredentials.Read(new Secret(await File.ReadAllTextAsync(path, Stop))).Credentials!;
        File.Delete(path);
        var connector = Type.Open(Http.Tool.Context(
            Type, new GoogleCalendarSettings(credentials, "primary", null, null), Http.Tool.Transport(), TimeProvider.System, new Uri(Twin.BaseUrl)));

        (await connector.WhoAmIAsync(Stop)).Value.ShouldBe(ClientFlow.Sync.Sandbox.GoogleCalendar.GoogleCalendarTool.Owner);

        Sandbox.GoogleCalendar.Behaviour.RefreshTokenRevoked = true;
        Do("revoke-access-tokens", []);
        (await connector.WhoAmIAsync(Stop)).Failure!.Kind.ShouldBe(FailureKind.Unauthorized);
    }

    [Fact]
    public async Task A_base_address_without_the_APIs_part_will_do()
    {
        var connector = Type.Open(Http.Tool.Context(Type, Settings(wrongToken: false), Http.Tool.Transport(), TimeProvider.System, new Uri(Twin.RootUrl)));

        (await connector.WhoAmIAsync(Stop)).Failure.ShouldBeNull();
    }

    [Theory]
    [InlineData(168)]
    [InlineData(1)]
    public async Task A_push_channel_tells_of_changes_and_is_made_anew_before_it_expires(int hours)
    {
        Sandbox.GoogleCalendar.Behaviour.ChannelsLive = TimeSpan.FromHours(hours);
        await using var listener = await DeliveryListener.StartAsync(Stop);
        var subscription = new Subscription("s1", null, ((ISubscribes)Connector).NewSecret(), new Uri(listener.Address, "/webhooks/calendar/s1"), default);
        var connector = (GoogleCalendarConnector)Type.Open(Tool.Context(
            Type, Settings(wrongToken: false), Tool.Transport(), TimeProvider.System, new Uri(Twin.BaseUrl), subscriptions: id => id == "s1" ? subscription : null));

        subscription = subscription with { VendorId = (await connector.SubscribeAsync(subscription, Stop)).Value };
        var again = (await connector.SubscribeAsync(subscription, Stop)).Value;

        // One that lives long is kept; one that soon expires has a successor, and is stopped.
        (again == subscription.VendorId).ShouldBe(hours > 2);
        Sandbox.GoogleCalendar.Requests.Count("POST", "/events/watch").ShouldBe(hours > 2 ? 1 : 2);
        Sandbox.GoogleCalendar.Requests.Count("POST", "/channels/stop").ShouldBe(hours > 2 ? 0 : 1);
        MakeRecord();
        await Sandbox.WhenIdleAsync(Stop);

        var deliveries = listener.Deliveries.ToList();
        deliveries.ShouldAllBe(d => connector.Verify(d, d.ReceivedAt) == SignatureVerdict.Valid);
        deliveries.Select(connector.Identify).ShouldBeUnique();
        deliveries.Count(d => connector.Read(d).Streams.SequenceEqual(new[] { "events" })).ShouldBe(1);
        deliveries.ShouldAllBe(d => connector.Read(d).Unreadable == null);
        var headers = new Dictionary<string, string>(deliveries[0].Headers) { ["X-Goog-Channel-Token"] = "a stranger's" };
        connector.Verify(deliveries[0] with { Headers = headers }, deliveries[0].ReceivedAt).ShouldBe(SignatureVerdict.Mismatch);
        headers.Remove("X-Goog-Channel-Token");
        connector.Verify(deliveries[0] with { Headers = headers }, deliveries[0].ReceivedAt).ShouldBe(SignatureVerdict.Missing);
        connector.Verify(deliveries[0] with { Subscription = null }, deliveries[0].ReceivedAt).ShouldBe(SignatureVerdict.Closed);
        connector.Verify(deliveries[0] with { Subscription = "s2" }, deliveries[0].ReceivedAt).ShouldBe(SignatureVerdict.Closed);
    }

    [Fact]
    public async Task Channels_follow_the_vendors_description()
    {
        var wanted = new Subscription("s1", null, ((ISubscribes)Connector).NewSecret(), new Uri("https://hooks.northwind.example/webhooks/calendar/s1"), default);
        Sandbox.GoogleCalendar.Behaviour.ChannelsLive = TimeSpan.FromHours(1);

        var made = (await ((ISubscribes)Connector).SubscribeAsync(wanted, Stop)).Value;
        (await ((ISubscribes)Connector).SubscribeAsync(wanted with { VendorId = made }, Stop)).Failure.ShouldBeNull();

        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task After_a_restart_the_daily_full_list_still_holds_peoples_calendars()
    {
        Sandbox.GoogleCalendar.AddCalendar("ana@northwind.example", "Ana");
        var (_, cursor) = await ListAllAsync(Stream);
        var reminder = await DoAsync(Order("cfana", "reminder", Content with { For = "ana@northwind.example" }));
        (_, cursor) = await PollAllAsync(cursor);

        var next = (IReads)Open(wrongToken: false);
        (await next.PollAsync(Stream, cursor, Stop)).Failure.ShouldBeNull();
        var ids = new List<string>();
        Cursor? from = null;
        StreamPage page;
        do
        {
            page = (await next.ListAsync(Stream, from, Stop)).Value;
            ids.AddRange(page.Records.Select(r => r.Id));
            from = page.Next;
        }
        while (page.More);

        ids.ShouldContain(reminder.Id);
    }

    protected override object Settings(bool wrongToken)
    {
        var path = Path.GetTempFileName();
        Sandbox.GoogleCalendar.WriteCredentials(path);
        var credentials = GoogleCredentials.Read(new Secret(File.ReadAllText(path))).Credentials!;
        File.Delete(path);
        return new GoogleCalendarSettings(wrongToken ? credentials with { ClientEmail = "stranger@elsewhere.example" } : credentials, "primary", null, null);
    }

    protected override string MakeRecord()
    {
        var id = $"cfmade{++made}";
        Sandbox.GoogleCalendar.AddEvent("primary", new JsonObject
        {
            ["id"] = id,
            ["summary"] = "Renewal: Globex",
            ["start"] = new JsonObject { ["dateTime"] = "2027-07-01T09:00:00+01:00" },
            ["end"] = new JsonObject { ["dateTime"] = "2027-07-01T09:30:00+01:00" },
            ["extendedProperties"] = new JsonObject { ["private"] = new JsonObject { ["cfKey"] = id } },
        });
        return $"primary/{id}";
    }

    protected override string ChangeRecord(string id)
    {
        Do("change-event", new() { ["id"] = id.Split('/')[1], ["event"] = new JsonObject { ["summary"] = "Renewal: Globex Ltd" } });
        return "Renewal: Globex Ltd";
    }

    protected override void DeleteRecord(string id) => Do("delete-event", new() { ["id"] = id.Split('/')[1] });

    private void Do(string action, JsonObject arguments) => Twin.Actions.Single(a => a.Name == action).Run(arguments);

    private static ActionCall Order(string key, string name, ActionContent content, ActionResult? reminder = null) => new(
        new ActionOrder(key, name, "calendar", content), 1,
        reminder is null ? new Dictionary<string, ActionResult>() : new Dictionary<string, ActionResult> { ["reminder"] = reminder });
}
