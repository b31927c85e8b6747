using ClientFlow.Sync.Connectors.Asana;
using ClientFlow.Sync.Connectors.GoogleCalendar;
using ClientFlow.Sync.Connectors.HubSpot;
using ClientFlow.Sync.Connectors.Stripe;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>The products that this program speaks to.</summary>
public static class ConnectorTypes
{
    public static IReadOnlyList<IConnectorType> All { get; } =
        [new HubSpotConnectorType(), new AsanaConnectorType(), new StripeConnectorType(), new GoogleCalendarConnectorType()];
}
