"""The portfolio: several sites and what joins them, read from portfolio.yaml.

Owns: which sites there are and where their configurations are, their sellers, the home database,
and which customers of different sites are one account.
Does not own: a site's configuration, which its own file has and which works without this one.
Invariant: `load_portfolio` either returns sites that hold together or raises every problem of
every file.
"""

from bcm_mqtt.config.portfolio.joint import JointBooks, joint_books
from bcm_mqtt.config.portfolio.loading import load_portfolio
from bcm_mqtt.config.portfolio.settings import Portfolio, PortfolioSite

__all__ = ["JointBooks", "Portfolio", "PortfolioSite", "joint_books", "load_portfolio"]
