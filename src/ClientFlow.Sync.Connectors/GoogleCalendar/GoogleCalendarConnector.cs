using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>Google Calendar: reminders in people's calendars.</summary>
public sealed class GoogleCalendarConnectorType : IConnectorType
{
    public ConnectorManifest Manifest { get; } = new()
    {
        Id = "google-calendar",
        Name = "Google Calendar",
        Rung = Rung.Acts,
        BaseUrl = new Uri("https://www.googleapis.com/calendar/v3/"),
        Streams = [new StreamManifest(GoogleCalendarReader.Events, RecordKind.Reminder, TimeSpan.FromMinutes(2), GoogleCalendarMapper.ReminderFields)],
        Actions = GoogleCalendarActions.Traits,
        Quota = GoogleCalendarVendor.Windows,
        Concurrency = 4,
    };

    public object? BindSettings(SectionReader section) => GoogleCalendarSettings.Bind(section);

    public IConnector Open(ToolContext context) => new GoogleCalendarConnector(context, (GoogleCalendarSettings)context.Settings);
}

/// <summary>One Google account.</summary>
public sealed class GoogleCalendarConnector : IConnector, IReads, IReceives, ISubscribes, IActs
{
    private readonly GoogleCalendars calendars;
    private readonly GoogleCalendarReader reader;
    private readonly GoogleCalendarActions actions;
    private readonly GoogleCalendarWebhook webhook;

    public GoogleCalendarConnector(ToolContext context, GoogleCalendarSettings settings)
    {
        var client = new GoogleCalendarClient(context, settings);
        calendars = new GoogleCalendars(client, settings, context.Clock);
        reader = new GoogleCalendarReader(client, calendars, context.Clock, context.Business.Zone);
        actions = new GoogleCalendarActions(client, calendars, context.Business.Zone);
        webhook = new GoogleCalendarWebhook(client, calendars, context);
    }

    public Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken) => calendars.WhoAsync(cancellationToken);

    public Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken) =>
        reader.PollAsync(stream, cursor, cancellationToken);

    public Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken) =>
        reader.ListAsync(stream, from, cancellationToken);

    public Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        reader.ReadAsync(kind, ids, cancellationToken);

    public SignatureVerdict Verify(Delivery delivery, DateTimeOffset now) => webhook.Verify(delivery);

    public string Identify(Delivery delivery) => GoogleCalendarWebhook.Identify(delivery);

    public DeliveryReading Read(Delivery delivery) => GoogleCalendarWebhook.Read(delivery);

    public Secret? NewSecret() => GoogleCalendarWebhook.NewSecret();

    public Task<Outcome<string>> SubscribeAsync(Subscription wanted, CancellationToken cancellationToken) =>
        webhook.SubscribeAsync(wanted, cancellationToken);

    public Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken) =>
        actions.PrepareAsync(call, cancellationToken);

    public Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        actions.SendAsync(call, frozen, cancellationToken);

    public Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        actions.LookUpAsync(call, frozen, cancellationToken);
}
