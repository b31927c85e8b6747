using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Webhooks;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Control;

/// <summary>Webhook switches as JSON: drop, copies, shuffle, delayMs, retryMs, paused.</summary>
internal static class ControlSwitches
{
    public static JsonNode Show(WebhookSender sender) => new JsonObject
    {
        ["drop"] = sender.Switches.Drop,
        ["copies"] = sender.Switches.Copies,
        ["shuffle"] = sender.Switches.Shuffle,
        ["delayMs"] = sender.Switches.Delay.TotalMilliseconds,
        ["retryMs"] = new JsonArray([.. sender.Switches.RetryAfter.Select(wait => JsonValue.Create(wait.TotalMilliseconds))]),
        ["sent"] = new JsonArray([.. sender.Sent.Select(sent => new JsonObject
        {
            ["subscription"] = sent.Subscription, ["target"] = sent.Target.AbsoluteUri, ["body"] = sent.Body,
            ["status"] = sent.Status, ["attempts"] = sent.Attempts, ["at"] = sent.At,
        })]),
    };

    public static JsonNode Set(WebhookSender sender, JsonObject body)
    {
        foreach ((string name, JsonNode? value) in body)
        {
            switch (name)
            {
                case "drop":
                    sender.Switches.Drop = (bool)value!;
                    break;
                case "copies":
                    sender.Switches.Copies = (int)value!;
                    break;
                case "shuffle":
                    sender.Switches.Shuffle = (bool)value!;
                    break;
                case "delayMs":
                    sender.Switches.Delay = TimeSpan.FromMilliseconds((double)value!);
                    break;
                case "retryMs":
                    sender.Switches.RetryAfter = [.. value!.AsArray().Select(wait => TimeSpan.FromMilliseconds((double)wait!))];
                    break;
                case "paused" when (bool)value!:
                    sender.Pause();
                    break;
                case "paused":
                    sender.Resume();
                    break;
                default:
                    throw new WorldActionException($"no webhook switch is called {name}");
            }
        }

        return Show(sender);
    }
}
