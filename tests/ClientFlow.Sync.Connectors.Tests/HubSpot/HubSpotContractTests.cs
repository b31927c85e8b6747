using ClientFlow.Sync.Connectors.HubSpot;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Connectors.Tests.HubSpot;

public sealed class HubSpotContractTests : ConnectorContract
{
    protected override IConnectorType Type { get; } = new HubSpotConnectorType();

    protected override SimulatedTool Twin => Sandbox.HubSpot;

    protected override string Vendor => "hubspot";

    protected override string Stream => "deals";

    protected override RecordKind Kind => RecordKind.Deal;

    protected override string ChangedField => "amount";

    [Fact]
    public async Task A_deal_brings_its_company_contact_owner_and_stage()
    {
        var world = Sandbox.HubSpot.World;
        var owner = world.AddOwner("Ana", "Lima", "ana@northwind.example");
        var company = world.Create("companies", Of(("name", "Acme")));
        var contact = world.Create("contacts", Of(("firstname", "Zoë"), ("lastname", "Ek"), ("email", "zoe@acme.example")));
        world.AddStage("777", "Paid up front", "1.0");
        var deal = world.Create("deals", Of(("dealname", "Site"), ("dealstage", "777"), ("pipeline", "default"), ("hubspot_owner_id", owner)), company, contact);

        var page = (await Reads.ReadAsync(RecordKind.Deal, [deal], Stop)).Value;

        var record = page.Records.Single(one => one.Kind == RecordKind.Deal);
        record.Fields["hubspot_owner_email"].ShouldBe("ana@northwind.example");
        record.References.ShouldContain(one => one.Field == "client" && one.Kind == RecordKind.Client && one.Ids[0] == company);
        record.References.ShouldContain(one => one.Field == "contact" && one.Ids[0] == contact);
        page.Records.Single(one => one.Kind == RecordKind.Client).Fields["name"].ShouldBe("Acme");
        page.Records.Single(one => one.Kind == RecordKind.Contact).Fields["full_name"].ShouldBe("Zoë Ek");
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task A_label_of_the_accounts_own_makes_no_company_the_primary_one_whatever_its_number()
    {
        var world = Sandbox.HubSpot.World;
        var partner = world.Create("companies", Of(("name", "Reseller")));
        var client = world.Create("companies", Of(("name", "Acme")));
        var deal = world.Create("deals", Of(("dealname", "Site"), ("dealstage", "contractsent"), ("pipeline", "default")), client);
        world.LabelCompany(deal, partner, 5, "Partner");

        var record = (await Reads.ReadAsync(RecordKind.Deal, [deal], Stop)).Value.Records.Single(one => one.Kind == RecordKind.Deal);

        record.References.Single(one => one.Field == "client").Ids.ShouldBe([client], "numbers are unique within a category only, and the partner has the lower id");
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task A_company_that_a_batch_cannot_tell_is_asked_for_alone_and_not_taken_for_none()
    {
        var world = Sandbox.HubSpot.World;
        var company = world.Create("companies", Of(("name", "Acme")));
        var contact = world.Create("contacts", Of(("firstname", "Zoë"), ("lastname", "Ek"), ("email", "zoe@acme.example")));
        var deal = world.Create("deals", Of(("dealname", "Site"), ("dealstage", "contractsent"), ("pipeline", "default")), company, contact);
        Sandbox.HubSpot.Behaviour.CompaniesInTrouble.Add(deal);

        var record = (await Reads.ReadAsync(RecordKind.Deal, [deal], Stop)).Value.Records.Single(one => one.Kind == RecordKind.Deal);

        record.References.Single(one => one.Field == "client").ShouldSatisfyAllConditions(
            one => one.Kind.ShouldBe(RecordKind.Client), one => one.Ids.ShouldBe([company]));
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task A_won_deal_means_won_whatever_its_stage_is_called()
    {
        var deal = MakeRecord();
        Sandbox.HubSpot.World.WinDeal(deal);

        var record = (await Reads.ReadAsync(RecordKind.Deal, [deal], Stop)).Value.Records.Single(one => one.Id == deal && one.Kind == RecordKind.Deal);

        record.Meaning["stage"].ShouldBe("won");
    }

    [Fact]
    public async Task An_idle_poll_costs_one_call()
    {
        MakeRecord();
        var (_, cursor) = await ListAllAsync(Stream);
        (_, cursor) = await PollAllAsync(cursor);
        Twin.Requests.Clear();

        (await PollAllAsync(cursor)).Records.ShouldBeEmpty();

        Twin.Requests.Size.ShouldBe(1);
    }

    [Fact]
    public async Task The_projects_address_is_written_onto_the_deal_once()
    {
        var deal = MakeRecord();
        var call = Link(deal, "https://app.asana.com/0/1");

        (await DoubtAndFindAsync(call)).Id.ShouldBe(deal);
        Twin.Requests.Clear();
        (await DoAsync(call)).Note.ShouldBeNull();

        Sandbox.HubSpot.World.Read("deals", deal, "clientflow_project").ShouldBe("https://app.asana.com/0/1");
        Twin.Requests.Count("PATCH", "").ShouldBe(0);
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task A_project_that_a_person_wrote_there_stays()
    {
        var deal = MakeRecord();
        await DoAsync(Link(deal, "https://app.asana.com/0/1"));

        var result = await DoAsync(Link(deal, "https://app.asana.com/0/2"));

        result.Note!.ShouldContain("https://app.asana.com/0/1");
        Sandbox.HubSpot.World.Read("deals", deal, "clientflow_project").ShouldBe("https://app.asana.com/0/1");
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task An_account_where_no_property_can_be_made_is_told_which_one_to_make_by_hand(int status)
    {
        var deal = MakeRecord();
        Twin.Faults.Add(new Fault.Answer(status, "{}"), "POST", "properties/deals");

        var refused = (await Acts.PrepareAsync(Link(deal, "https://app.asana.com/0/1"), Stop)).Failure!;

        refused.Kind.ShouldBe(FailureKind.Rejected);
        refused.Message.ShouldContain("make the deal property clientflow_project by hand");
    }

    [Fact]
    public async Task A_deal_that_is_gone_and_a_scope_that_is_missing_need_a_person()
    {
        var (dead, deal) = (MakeRecord(), MakeRecord());
        DeleteRecord(dead);
        (await Acts.PrepareAsync(Link(dead, "https://app.asana.com/0/1"), Stop)).Failure!.Kind.ShouldBe(FailureKind.Missing);

        var frozen = (await Acts.PrepareAsync(Link(deal, "https://app.asana.com/0/1"), Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;
        Sandbox.HubSpot.Behaviour.ReadOnlyTypes.Add("deals");
        var refused = (await Acts.SendAsync(Link(deal, ""), frozen, Stop)).Failure!;
        refused.Kind.ShouldBe(FailureKind.Rejected);
        refused.Message.ShouldContain("scope");
    }

    [Fact]
    public async Task A_full_second_of_searches_is_waited_out()
    {
        Twin.Faults.Add(new Fault.Answer(429, """{"policyName":"SECONDLY","message":"too many"}""", new Dictionary<string, string> { ["Retry-After"] = "0" }), "POST", "/search");

        (await Reads.PollAsync(Stream, new Cursor(""), Stop)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task A_webhook_of_the_tool_itself_is_valid_and_names_the_deal()
    {
        await using var listener = await DeliveryListener.StartAsync(Stop);
        var route = new Uri(listener.Address, "/webhooks/crm");
        Sandbox.HubSpot.SetWebhookTarget(route);
        var deal = MakeRecord();
        Sandbox.HubSpot.World.WinDeal(deal);
        await Sandbox.WhenIdleAsync(Stop);

        var receives = (IReceives)Type.Open(Tool.Context(Type, Settings(wrongToken: false), new ScriptedTransport(), TimeProvider.System, webhookUrl: route));
        listener.Deliveries.ShouldNotBeEmpty();
        foreach (var delivery in listener.Deliveries)
        {
            receives.Verify(delivery, delivery.ReceivedAt).ShouldBe(SignatureVerdict.Valid);
            receives.Verify(delivery with { Body = "[]"u8.ToArray() }, delivery.ReceivedAt).ShouldBe(SignatureVerdict.Mismatch);
        }

        listener.Deliveries.SelectMany(delivery => receives.Read(delivery).Hints).ShouldContain(new RecordHint(RecordKind.Deal, deal));
    }

    protected override object Settings(bool wrongToken) =>
        new HubSpotSettings(new Secret(wrongToken ? "pat-wrong" : SandboxOptions.HubSpotToken), new Secret(SandboxOptions.HubSpotClientSecret), null);

    protected override string MakeRecord() =>
        Sandbox.HubSpot.World.Create("deals", Of(("dealname", "Website"), ("dealstage", "contractsent"), ("pipeline", "default"), ("amount", "100")));

    protected override string ChangeRecord(string id)
    {
        Sandbox.HubSpot.World.Change("deals", id, ("amount", "1500.00"));
        return "1500.00";
    }

    protected override void DeleteRecord(string id) => Sandbox.HubSpot.World.Delete("deals", id);

    private static ActionCall Link(string deal, string url) => Call("link", new DealLinkContent(deal), ("project", new ActionResult("1", url)));

    private static Dictionary<string, string> Of(params (string Name, string Value)[] properties) => properties.ToDictionary(one => one.Name, one => one.Value);
}
