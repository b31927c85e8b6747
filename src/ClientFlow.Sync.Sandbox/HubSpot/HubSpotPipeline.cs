using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>A stage: for deals a probability ("0.0" to "1.0") and whether it is closed, for tickets OPEN or CLOSED.</summary>
internal sealed record HubSpotStage(string Id, string Label, string? Probability, bool Closed)
{
    public bool Won => Closed && Probability == "1.0";

    public JsonObject Json(int order, string at) => new()
    {
        ["id"] = Id,
        ["label"] = Label,
        ["displayOrder"] = order,
        ["archived"] = false,
        ["metadata"] = Probability is null
            ? new JsonObject { ["ticketState"] = Closed ? "CLOSED" : "OPEN", ["isClosed"] = Closed ? "true" : "false" }
            : new JsonObject { ["probability"] = Probability, ["isClosed"] = Closed ? "true" : "false" },
        ["createdAt"] = at,
        ["updatedAt"] = at,
        ["writePermissions"] = "CRM_PERMISSIONS_ENFORCEMENT",
    };
}

internal sealed record HubSpotPipeline(string Id, string Label, List<HubSpotStage> Stages)
{
    public static HubSpotPipeline DefaultDeals() => new("default", "Sales Pipeline",
    [
        new("appointmentscheduled", "Appointment Scheduled", "0.2", false),
        new("qualifiedtobuy", "Qualified To Buy", "0.4", false),
        new("presentationscheduled", "Presentation Scheduled", "0.6", false),
        new("decisionmakerboughtin", "Decision Maker Bought-In", "0.8", false),
        new("contractsent", "Contract Sent", "0.9", false),
        new("closedwon", "Closed Won", "1.0", true),
        new("closedlost", "Closed Lost", "0.0", true),
    ]);

    /// <summary>A second pipeline, whose stage ids are numbers as in any pipeline that an account adds itself.</summary>
    public static HubSpotPipeline Renewals() => new("88120045", "Renewals",
    [
        new("166220501", "Talking", "0.5", false),
        new("166220502", "Renewed", "1.0", true),
        new("166220503", "Ended", "0.0", true),
    ]);

    public static HubSpotPipeline DefaultTickets() => new("0", "Support Pipeline",
    [
        new("1", "New", null, false),
        new("2", "Waiting on contact", null, false),
        new("3", "Waiting on us", null, false),
        new("4", "Closed", null, true),
    ]);

    public JsonObject Json(int order, string at) => new()
    {
        ["id"] = Id,
        ["label"] = Label,
        ["displayOrder"] = order,
        ["archived"] = false,
        ["stages"] = new JsonArray([.. Stages.Select((stage, index) => stage.Json(index, at))]),
        ["createdAt"] = at,
        ["updatedAt"] = at,
    };
}
