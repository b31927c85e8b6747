using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Control;

/// <summary>A fault as JSON: {kind, method?, path, times?} and, by kind, status, body, headers, delayMs.</summary>
internal static class ControlFaults
{
    public static void Add(FaultScript faults, JsonObject body)
    {
        Fault fault = (string?)body["kind"] switch
        {
            "answer" => new Fault.Answer((int)body["status"]!, (string?)body["body"],
                (body["headers"] as JsonObject)?.ToDictionary(header => header.Key, header => (string)header.Value!)),
            "answer-after-commit" => new Fault.AnswerAfterCommit((int)body["status"]!, (string?)body["body"]),
            "hang" => new Fault.Hang(),
            "hang-after-commit" => new Fault.HangAfterCommit(),
            "cut" => new Fault.Cut(),
            "cut-after-commit" => new Fault.CutAfterCommit(),
            "delay" => new Fault.Delay(TimeSpan.FromMilliseconds((double)body["delayMs"]!)),
            var other => throw new WorldActionException($"no fault is called {other}"),
        };
        faults.Add(fault, (string?)body["method"], (string?)body["path"] ?? "", (int?)body["times"] ?? 1);
    }
}
