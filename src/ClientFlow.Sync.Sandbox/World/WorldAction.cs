using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.World;

/// <summary>Something a person does in a tool, by name, with arguments as JSON and an answer worth showing (or null).</summary>
public sealed record WorldAction(string Name, string Summary, Func<JsonObject, JsonNode?> Run);

/// <summary>Thrown by a world action whose arguments make no sense; the control API answers 400 with the message.</summary>
public sealed class WorldActionException(string message) : Exception(message);
