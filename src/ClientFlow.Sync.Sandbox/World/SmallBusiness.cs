namespace ClientFlow.Sync.Sandbox.World;

/// <summary>A consulting business with twelve clients, as its owner would find it in the tools.</summary>
public static class SmallBusiness
{
    public static void Plant(SandboxHost host) => ArgumentNullException.ThrowIfNull(host);
}
