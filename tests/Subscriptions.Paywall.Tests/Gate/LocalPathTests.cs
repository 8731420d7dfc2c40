namespace Subscriptions.Paywall.Tests.Gate;

public sealed class LocalPathTests
{
    [TestCase("/")]
    [TestCase("/articles/tram?page=2&x=http://elsewhere.example")]
    public void A_path_of_this_site_is_kept(string to) => Assert.That(LocalPath.OrHome(to), Is.EqualTo(to));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("articles")]
    [TestCase("//evil.example")]
    [TestCase("///evil.example")]
    [TestCase("/\\evil.example")]
    [TestCase("\\\\evil.example")]
    [TestCase("https://evil.example")]
    [TestCase("javascript:alert(1)")]
    [TestCase("/\t/evil.example")]
    [TestCase("/\n/evil.example")]
    [TestCase("/a\r\nSet-Cookie: x=1")]
    [TestCase(" /a")]
    [TestCase("/caf\u00e9")]
    [TestCase("/gate/sign-in?to=/a")]
    [TestCase("/GATE/return?to=/a")]
    public void Anything_else_leads_home(string? to) => Assert.That(LocalPath.OrHome(to), Is.EqualTo("/"));

    [Test]
    public void An_endless_path_leads_home() => Assert.That(LocalPath.OrHome("/" + new string('a', 5_000)), Is.EqualTo("/"));
}
