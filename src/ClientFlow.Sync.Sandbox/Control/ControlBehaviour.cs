using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Control;

/// <summary>A tool's behaviour switches by name. Times are seconds, sets of names are lists.</summary>
internal static class ControlBehaviour
{
    public static JsonNode Show(object behaviour) => new JsonObject(Properties(behaviour).Select(property =>
        KeyValuePair.Create(property.Name, Json(property.GetValue(behaviour)))));

    public static JsonNode Set(object behaviour, JsonObject body)
    {
        foreach ((string name, JsonNode? value) in body)
        {
            PropertyInfo property = Properties(behaviour).FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new WorldActionException($"no switch is called {name}; there are {string.Join(", ", Properties(behaviour).Select(one => one.Name))}");
            Set(behaviour, property, value ?? throw new WorldActionException($"{name} needs a value"));
        }

        return Show(behaviour);
    }

    /// <summary>Switches `RateLimits` off where a tool has it.</summary>
    public static void LiftRateLimits(object behaviour) =>
        Properties(behaviour).FirstOrDefault(property => property.Name == nameof(HubSpot.HubSpotBehaviour.RateLimits))?.SetValue(behaviour, false);

    private static PropertyInfo[] Properties(object behaviour) => behaviour.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private static void Set(object behaviour, PropertyInfo property, JsonNode value)
    {
        if (property.GetValue(behaviour) is ISet<string> names)
        {
            names.Clear();
            names.UnionWith(value.AsArray().Select(name => (string)name!));
        }
        else if (!property.CanWrite)
        {
            throw new WorldActionException($"{property.Name} cannot be set from here");
        }
        else
        {
            property.SetValue(behaviour, property.PropertyType == typeof(TimeSpan)
                ? TimeSpan.FromSeconds((double)value)
                : value.Deserialize(property.PropertyType));
        }
    }

    private static JsonNode? Json(object? value) => value switch
    {
        TimeSpan time => JsonValue.Create(time.TotalSeconds),
        ISet<string> names => new JsonArray([.. names.Select(name => JsonValue.Create(name))]),
        _ => JsonSerializer.SerializeToNode(value, value?.GetType() ?? typeof(object)),
    };
}
